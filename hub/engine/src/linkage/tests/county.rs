//! A made-up county and a list of it, small enough for a test and dirty enough to learn from.
//! Here because learning needs some hundreds of rows, and a test must not read files.
//! In: people wanted, a seed. Out: cells of the register and of a list, and who is who.
//! Not here: realism; the bench's lists have that.

use super::{Cells, person};

const SURNAMES: [&str; 20] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何",
    "郭", "马", "罗",
];
const GIVEN: [&str; 40] = [
    "国", "建", "文", "志", "德", "明", "华", "军", "平", "福", "秀", "英", "兰", "玉", "桂", "凤", "芳",
    "珍", "梅", "花", "春", "海", "金", "成", "林", "学", "忠", "良", "义", "山", "霞", "丽", "敏", "静",
    "燕", "玲", "宇", "轩", "浩", "博",
];

pub(crate) struct County {
    pub(crate) register: Vec<Cells>,
    pub(crate) list: Vec<Cells>,
    /// The person of each row of the list.
    pub(crate) truth: Vec<Option<u64>>,
}

/// 17 digits with their check character.
pub(crate) fn id(body: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body
        .bytes()
        .zip(weights)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}

/// Numbers from a seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        crate::linkage::hash::below(self.0, n)
    }
}

impl County {
    pub(crate) fn new(people: usize, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut county = Self {
            register: Vec::new(),
            list: Vec::new(),
            truth: Vec::new(),
        };
        let mut household = 0;
        while county.register.len() < people {
            county.household(household, &mut dice);
            household += 1;
        }
        county
    }

    fn household(&mut self, household: usize, dice: &mut Dice) {
        let village = household / 60;
        let home = |list: bool| {
            let ending = if list && household.is_multiple_of(3) {
                "村委会"
            } else {
                "村"
            };
            person! {
                household_no: format!("户{household}"), county: "太和县", town: format!("第{}镇", village / 5),
                village: format!("第{village}{ending}"), village_group: format!("{}组", household % 60 / 15 + 1),
                door: format!("{}号", household % 15 + 1), phone: format!("154{:08}", household)
            }
        };
        let family = SURNAMES[dice.below(20).min(dice.below(20))];
        let mut head = String::new();
        let registered = dice.below(8) > 0;
        let listed = dice.below(3) == 0 || !registered;
        for member in 0..2 + dice.below(3) {
            let surname = if member == 1 {
                SURNAMES[dice.below(20)]
            } else {
                family
            };
            let name = format!("{surname}{}{}", GIVEN[dice.below(40)], GIVEN[dice.below(40)]);
            let relation = ["户主", "配偶", "之子", "之女", "之子"][member];
            if member == 0 {
                head.clone_from(&name);
            }
            let year = if member < 2 {
                1950 + dice.below(40)
            } else {
                1985 + dice.below(35)
            };
            let (month, day) = (1 + dice.below(12), 1 + dice.below(28));
            let sex = if matches!(member, 1 | 3) { "女" } else { "男" };
            let digits = dice.below(400) * 2 + usize::from(sex == "男");
            let number = id(&format!("341222{year}{month:02}{day:02}{digits:03}"));
            let mut own = person! { name: name, sex: sex, birth_date: format!("{year}-{month:02}-{day:02}"), id_no: number,
            relation: relation, head_name: head.clone() };
            let person = registered.then(|| self.register.len() as u64 + 1);
            if let Some(person) = person {
                let mut row = home(false);
                row.extend(own.clone());
                row.push(("person_id", person.to_string()));
                self.register.push(row);
            }
            if listed && dice.below(5) < 4 {
                spoil(&mut own, dice);
                let mut row = home(true);
                row.extend(own);
                self.list.push(row);
                self.truth.push(person);
            }
        }
    }
}

/// One kind of dirt in a number, now and then another in a name or a date.
fn spoil(own: &mut Cells, dice: &mut Dice) {
    for (column, cell) in own {
        let kind = dice.below(20);
        *cell = match (*column, kind) {
            ("id_no", 0) => String::new(),
            ("id_no", 1 | 2) => format!("{}**********{}", &cell[..4], &cell[14..]),
            ("id_no", 3) => format!("{}000", &cell[..15]),
            ("id_no", 4) => format!("{}{}{}", &cell[..10], dice.below(10), &cell[11..]),
            ("birth_date", 0..=5) => String::new(),
            ("name", 0) => cell.replace('英', "瑛").replace('兰', "蓝").replace('明', "铭"),
            _ => continue,
        };
    }
}
