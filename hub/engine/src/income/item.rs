//! The sub-items of the national form, and which of them a source's item is counted under.
//! Here because declared and evidenced income can only be compared item by item, on the form's own list.
//! In: a category and an item as sources write them. Out: a sub-item, or none when the category is none of the form's.
//! Not here: amounts. A source's item that the form does not name is counted under the category's 其他….

/// A category of the form, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Category {
    /// 工资性收入.
    Wage,
    /// 生产经营性收入, before costs.
    Business,
    /// 财产性收入.
    Property,
    /// 转移性收入.
    Transfer,
    /// 生产经营性支出.
    BusinessCost,
}

impl Category {
    const ALL: [Self; 5] = [
        Self::Wage,
        Self::Business,
        Self::Property,
        Self::Transfer,
        Self::BusinessCost,
    ];

    /// The word the tables use.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Wage => "wage",
            Self::Business => "business",
            Self::Property => "property",
            Self::Transfer => "transfer",
            Self::BusinessCost => "business_cost",
        }
    }
}

/// A sub-item of the form, in the form's order: categories do not mix and each ends with what it has no name for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Item {
    PublicPost,
    OtherWage,
    IndustryAward,
    OtherBusiness,
    AssetDividend,
    OtherProperty,
    FamilyPlanning,
    LowIncomeBenefit,
    DestituteSupport,
    Pension,
    Ecology,
    OtherTransfer,
    /// 专项用于减少生产经营性支出的补贴: a negative cost.
    CostSubsidy,
    Cost,
}

/// Every sub-item with its category, its name on the form, and other names sources have for it.
const FORM: [(Item, Category, &str, &[&str]); 14] = [
    (
        Item::PublicPost,
        Category::Wage,
        "公益性岗位收入",
        &["公益岗位收入", "公益性岗位工资", "公益岗工资"],
    ),
    (Item::OtherWage, Category::Wage, "其他工资性收入", &[]),
    (Item::IndustryAward, Category::Business, "产业奖励", &["产业奖补"]),
    (Item::OtherBusiness, Category::Business, "其他生产经营性收入", &[]),
    (
        Item::AssetDividend,
        Category::Property,
        "资产收益扶贫分红",
        &["资产收益扶贫分红收入", "光伏收益分红", "村集体分红"],
    ),
    (Item::OtherProperty, Category::Property, "其他财产性收入", &[]),
    (Item::FamilyPlanning, Category::Transfer, "计划生育金", &[]),
    (
        Item::LowIncomeBenefit,
        Category::Transfer,
        "最低生活保障金",
        &["低保金"],
    ),
    (
        Item::DestituteSupport,
        Category::Transfer,
        "特困人员救助供养金",
        &["特困供养金", "五保金"],
    ),
    (
        Item::Pension,
        Category::Transfer,
        "养老金或离退休金",
        &["养老金", "养老保险金"],
    ),
    (Item::Ecology, Category::Transfer, "生态补偿金", &[]),
    (Item::OtherTransfer, Category::Transfer, "其他转移性收入", &[]),
    (
        Item::CostSubsidy,
        Category::BusinessCost,
        "专项用于减少生产经营性支出的补贴",
        &[],
    ),
    (Item::Cost, Category::BusinessCost, "生产经营性支出", &[]),
];

impl Item {
    /// The sub-item `text` of `category` is counted under; `None` when the form has no such category.
    pub(crate) fn of(category: &str, text: &str) -> Option<Self> {
        let category = Category::ALL
            .into_iter()
            .find(|known| known.as_str() == category)?;
        let of_category = || FORM.iter().filter(|(_, of, _, _)| *of == category);
        let named = of_category().find(|(_, _, name, others)| *name == text || others.contains(&text));
        named
            .or_else(|| of_category().next_back())
            .map(|(item, ..)| *item)
    }

    /// Its category.
    pub(crate) fn category(self) -> Category {
        self.entry().1
    }

    /// Its name on the form.
    pub(crate) fn name(self) -> &'static str {
        self.entry().2
    }

    /// Whether it names no payment of its own, but whatever else its category has.
    pub(crate) const fn is_remainder(self) -> bool {
        matches!(
            self,
            Self::OtherWage | Self::OtherBusiness | Self::OtherProperty | Self::OtherTransfer | Self::Cost
        )
    }

    /// What `amount_fen` is in the sums of its category: a subsidy earmarked for costs lessens them.
    pub(crate) const fn signed(self, amount_fen: i64) -> i64 {
        match self {
            Self::CostSubsidy => amount_fen.saturating_neg(),
            Self::PublicPost
            | Self::OtherWage
            | Self::IndustryAward
            | Self::OtherBusiness
            | Self::AssetDividend
            | Self::OtherProperty
            | Self::FamilyPlanning
            | Self::LowIncomeBenefit
            | Self::DestituteSupport
            | Self::Pension
            | Self::Ecology
            | Self::OtherTransfer
            | Self::Cost => amount_fen,
        }
    }

    fn entry(self) -> &'static (Self, Category, &'static str, &'static [&'static str]) {
        // The form lists every sub-item in the enum's own order; a test holds that.
        &FORM[self as usize]
    }
}

/// Whether a source's own words name one payment, so that two streams that use them tell the same one. Words of the form
/// for "whatever else" do not.
pub(crate) fn names_a_payment(item: Item, text: &str) -> bool {
    !(item.is_remainder() && (text == item.name() || text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_lists_every_sub_item_once_in_order() {
        for (at, (item, ..)) in FORM.iter().enumerate() {
            assert_eq!(*item as usize, at, "{item:?}");
        }
        assert!(FORM.is_sorted_by_key(|(item, category, ..)| (*category, *item)));
        let ends = |(_, one, ..): &(Item, Category, &str, &[&str]), next: Category| *one != next;
        for pair in FORM.windows(2) {
            assert_eq!(
                ends(&pair[0], pair[1].1),
                pair[0].0.is_remainder(),
                "{:?}",
                pair[0].0
            );
        }
    }

    #[test]
    fn a_sources_item_is_counted_under_one_of_its_category() {
        for (category, text, item) in [
            ("transfer", "最低生活保障金", Some(Item::LowIncomeBenefit)),
            ("transfer", "残疾人两项补贴", Some(Item::OtherTransfer)),
            ("wage", "务工收入", Some(Item::OtherWage)),
            ("wage", "最低生活保障金", Some(Item::OtherWage)),
            ("property", "光伏收益分红", Some(Item::AssetDividend)),
            ("business_cost", "化肥", Some(Item::Cost)),
            ("gift", "红包", None),
            ("", "", None),
        ] {
            assert_eq!(Item::of(category, text), item, "{category} {text}");
        }
        assert!(names_a_payment(Item::OtherTransfer, "残疾人两项补贴"));
        assert!(!names_a_payment(Item::OtherTransfer, "其他转移性收入"));
    }
}
