//! Adds payments and declarations up: by household, window and sub-item, and by household and window.
//! Here because a figure that two screens add up differently is worth nothing.
//! In: the payments of one household after another; declarations. Out: figures and net incomes, ordered by household, window, item.
//! Not here: which rows are one payment (reconcile), columns (table).

use std::collections::HashMap;

use super::declared::Declared;
use super::event::{Semantic, Word};
use super::item::{Category, Item};
use super::reconcile::Payment;
use super::window::{Period, Window};

/// A sub-item of a household in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Figure {
    pub(crate) household: u64,
    pub(crate) window: Window,
    pub(crate) item: Item,
    pub(crate) declared: Option<i64>,
    pub(crate) evidence: Evidence,
}

/// What the sources tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Evidence {
    /// Fen; `None` when they tell nothing.
    pub(crate) fen: Option<i64>,
    pub(crate) disputed: i64,
    /// How many streams.
    pub(crate) sources: u32,
    pub(crate) rows: u32,
    pub(crate) repeated: u32,
}

/// A household in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Net {
    pub(crate) household: u64,
    pub(crate) window: Window,
    /// Evidenced fen by [`Category`], as the form adds them up: costs less their subsidies, not below 0.
    pub(crate) evidenced: [Option<i64>; 5],
    /// The declaration of the year, by its place in [`Accounts::declared`].
    pub(crate) declared: Option<usize>,
    pub(crate) left_out: i64,
    pub(crate) disputed: i64,
    pub(crate) rows: u32,
    pub(crate) repeated: u32,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    pub(crate) figures: Vec<Figure>,
    pub(crate) nets: Vec<Net>,
    /// By household, then year.
    pub(crate) declared: Vec<Declared>,
    /// 当前家庭人口数 of the household table.
    pub(crate) people_now: HashMap<u64, i64>,
    /// Payments that count in no household: how many, and their fen.
    pub(crate) unplaced: (u64, i64),
}

impl Accounts {
    /// The declaration of the year of `net`; the rolling window has none.
    pub(crate) fn declaration(&self, net: &Net) -> Option<&Declared> {
        net.window.year()?;
        self.declared.get(net.declared?)
    }

    /// 年度家庭人口数, in the rolling window of the last year declared.
    pub(crate) fn people_year(&self, net: &Net) -> Option<i64> {
        self.declared.get(net.declared?)?.people_year
    }

    /// 当前家庭人口数 of the household, else of the declaration.
    pub(crate) fn people_now(&self, net: &Net) -> Option<i64> {
        let household = self.people_now.get(&net.household).copied();
        household.or_else(|| self.declared.get(net.declared?)?.people_now)
    }
}

impl Net {
    /// The evidenced categories together; `None` when the sources tell nothing.
    pub(crate) fn evidenced(&self) -> Option<i64> {
        let fen = |category: Category| self.evidenced[category as usize];
        if self.evidenced.iter().all(Option::is_none) {
            return None;
        }
        let income = [
            Category::Wage,
            Category::Business,
            Category::Property,
            Category::Transfer,
        ];
        let sum = income.into_iter().fold(0_i64, |sum, category| {
            sum.saturating_add(fen(category).unwrap_or_default())
        });
        Some(sum.saturating_sub(fen(Category::BusinessCost).unwrap_or_default()))
    }
}

/// Whether `payment` counts in the rolling window: all its days lie in it, and it is not a year's figure.
pub(crate) fn in_rolling(payment: &Payment, rolling: Period) -> bool {
    payment.semantic != Semantic::Yearly && payment.period().is_some_and(|period| period.within(rolling))
}

/// Collects figures until all have come.
#[derive(Debug)]
pub(super) struct Accountant {
    rolling: Period,
    /// The accounting year of the day: later ones are mistyped and lend the rolling window no people.
    year: i16,
    accounts: Accounts,
    left_out: HashMap<u64, i64>,
}

impl Accountant {
    pub(super) fn new(rolling: Period, year: i16, people_now: HashMap<u64, i64>) -> Self {
        Self {
            rolling,
            year,
            accounts: Accounts {
                people_now,
                ..Accounts::default()
            },
            left_out: HashMap::new(),
        }
    }

    /// Takes a declaration and its amounts by sub-item.
    pub(super) fn declare(&mut self, declared: Declared, amounts: &[(Item, i64)]) {
        let figure = |(item, fen): &(Item, i64)| Figure {
            household: declared.household,
            window: Window::Year(declared.year),
            item: *item,
            declared: Some(*fen),
            evidence: Evidence::default(),
        };
        self.accounts.figures.extend(amounts.iter().map(figure));
        self.accounts.declared.push(declared);
    }

    /// Takes all payments of one household, or some of those that count in none.
    pub(super) fn pay(&mut self, words: &[Word], payments: &[Payment]) {
        let mut cells: Vec<(Window, Item, Evidence, u128)> = Vec::new();
        for payment in payments {
            let item = words.get(usize::from(payment.word)).and_then(|word| word.item);
            let (None, Some(item), Some(year)) = (payment.unplaced, item, payment.year()) else {
                let (count, fen) = &mut self.accounts.unplaced;
                (*count, *fen) = (*count + 1, fen.saturating_add(payment.amount));
                continue;
            };
            let rolling = in_rolling(payment, self.rolling);
            let windows = [
                payment.in_year.then_some(Window::Year(year)),
                rolling.then_some(Window::Rolling),
            ];
            for window in windows.into_iter().flatten() {
                add(&mut cells, window, item, payment);
            }
            let meets = payment.period().is_some_and(|period| period.meets(self.rolling));
            if payment.in_year && !rolling && meets {
                let left_out = self.left_out.entry(payment.household).or_default();
                *left_out = left_out.saturating_add(item.signed(payment.amount));
            }
        }
        let Some(household) = payments.first().map(|payment| payment.household) else {
            return;
        };
        let figure = |(window, item, evidence, streams): (Window, Item, Evidence, u128)| Figure {
            household,
            window,
            item,
            declared: None,
            evidence: Evidence {
                sources: streams.count_ones(),
                ..evidence
            },
        };
        self.accounts.figures.extend(cells.into_iter().map(figure));
    }

    /// All of it, in order.
    pub(super) fn finish(mut self) -> Accounts {
        let figures = &mut self.accounts.figures;
        figures.sort_unstable_by_key(|figure| (figure.household, figure.window, figure.item));
        figures.dedup_by(|other, kept| {
            let same =
                (other.household, other.window, other.item) == (kept.household, kept.window, kept.item);
            if same {
                kept.declared = kept.declared.or(other.declared);
                if other.evidence.fen.is_some() {
                    kept.evidence = other.evidence;
                }
            }
            same
        });
        let declared = &mut self.accounts.declared;
        declared.sort_unstable_by_key(|declared| (declared.household, declared.year));
        self.accounts.nets = self.nets();
        // Only now: a year that is declared as nothing but zeros is still a year.
        let says_nothing = |figure: &Figure| figure.declared == Some(0) && figure.evidence.fen.is_none();
        self.accounts.figures.retain(|figure| !says_nothing(figure));
        self.accounts.figures.shrink_to_fit();
        self.accounts
    }

    fn nets(&self) -> Vec<Net> {
        let accounts = &self.accounts;
        let same = |a: &Figure, b: &Figure| (a.household, a.window) == (b.household, b.window);
        let mut nets: Vec<Net> = accounts.figures.chunk_by(same).filter_map(net).collect();
        nets.extend(accounts.declared.iter().enumerate().map(|(at, declared)| Net {
            declared: Some(at),
            ..Net::empty(declared.household, Window::Year(declared.year))
        }));
        nets.extend(self.left_out.iter().map(|(household, fen)| Net {
            left_out: *fen,
            ..Net::empty(*household, Window::Rolling)
        }));
        // Those with evidence come first of equals, so they are the ones that stay.
        nets.sort_by_key(|net| (net.household, net.window));
        nets.dedup_by(|other, kept| {
            let same = (other.household, other.window) == (kept.household, kept.window);
            if same {
                kept.declared = kept.declared.or(other.declared);
                kept.left_out = kept.left_out.saturating_add(other.left_out);
            }
            same
        });
        for net in nets.iter_mut().filter(|net| net.window == Window::Rolling) {
            net.declared = self.last_declared(net.household);
        }
        nets
    }

    /// The place of the last declaration up to the year of the day.
    fn last_declared(&self, household: u64) -> Option<usize> {
        let declared = &self.accounts.declared;
        let end = declared.partition_point(|one| (one.household, one.year) <= (household, self.year));
        let at = end.checked_sub(1)?;
        (declared.get(at)?.household == household).then_some(at)
    }
}

fn add(cells: &mut Vec<(Window, Item, Evidence, u128)>, window: Window, item: Item, payment: &Payment) {
    let at = cells.iter().position(|cell| (cell.0, cell.1) == (window, item));
    let at = at.unwrap_or_else(|| {
        cells.push((window, item, Evidence::default(), 0));
        cells.len() - 1
    });
    let (_, _, evidence, streams) = &mut cells[at];
    let before = evidence.fen.unwrap_or_default();
    evidence.fen = Some(before.saturating_add(item.signed(payment.amount)));
    let of_year = if window == Window::Rolling {
        0
    } else {
        payment.year_disputed
    };
    evidence.disputed = evidence
        .disputed
        .saturating_add(payment.disputed)
        .saturating_add(of_year);
    evidence.rows = evidence.rows.saturating_add(payment.rows);
    evidence.repeated = evidence.repeated.saturating_add(payment.repeated);
    *streams |= payment.streams;
}

impl Net {
    /// A household's window of which nothing is known.
    const fn empty(household: u64, window: Window) -> Self {
        Self {
            household,
            window,
            evidenced: [None; 5],
            declared: None,
            left_out: 0,
            disputed: 0,
            rows: 0,
            repeated: 0,
        }
    }
}

/// The evidence of one household in one window.
fn net(figures: &[Figure]) -> Option<Net> {
    let first = figures.first()?;
    let mut net = Net::empty(first.household, first.window);
    for figure in figures {
        let Some(fen) = figure.evidence.fen else { continue };
        let sum = &mut net.evidenced[figure.item.category() as usize];
        *sum = Some(sum.unwrap_or_default().saturating_add(fen));
        net.disputed = net.disputed.saturating_add(figure.evidence.disputed);
        net.rows = net.rows.saturating_add(figure.evidence.rows);
        net.repeated = net.repeated.saturating_add(figure.evidence.repeated);
    }
    let cost = &mut net.evidenced[Category::BusinessCost as usize];
    *cost = cost.map(|fen| fen.max(0));
    Some(net)
}
