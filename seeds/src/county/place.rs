//! Place: where household number `index` lives, worked out from the index alone.
//! Here because the county is streamed: no list of villages may be kept, yet a village's households must stand together.
//! In: the number of people wanted, a household's index. Out: county, town, village, their 12-digit code, the rank in the village.
//! Not here: people. The eight counties and their codes are real, towns and villages below them are made up.

use std::sync::Arc;

use super::identity::push_padded;

/// One of the eight county-level units of Fuyang.
#[derive(Debug, PartialEq, Eq)]
pub struct CountyUnit {
    /// Name as the roster prints it.
    pub name: &'static str,
    /// GB/T 2260 code, six digits.
    pub code: &'static str,
    /// How many of the 24 slots of villages are its own: its share of the households.
    slots: u64,
    /// Codes of first registration for ID numbers when the county's own code is used up or by chance; shared with no other county.
    pub(crate) other_prefixes: [&'static str; 4],
}

const fn unit(
    name: &'static str,
    code: &'static str,
    slots: u64,
    other_prefixes: [&'static str; 4],
) -> CountyUnit {
    CountyUnit {
        name,
        code,
        slots,
        other_prefixes,
    }
}

/// The eight units, in code order.
pub const COUNTIES: [CountyUnit; 8] = [
    unit("颍州区", "341202", 2, ["342101", "340102", "340103", "340104"]),
    unit("颍东区", "341203", 2, ["342121", "340111", "340121", "340122"]),
    unit("颍泉区", "341204", 2, ["342122", "340123", "340302", "340303"]),
    unit("临泉县", "341221", 5, ["342123", "340304", "340311", "340321"]),
    unit("太和县", "341222", 4, ["342124", "340322", "340323", "340402"]),
    unit("阜南县", "341225", 4, ["342125", "340403", "340404", "340405"]),
    unit("颍上县", "341226", 3, ["342126", "340406", "340421", "340602"]),
    unit("界首市", "341282", 2, ["342127", "340603", "340604", "340621"]),
];

/// Slots of villages: each holds at least one village, whatever the size, so that every county has people.
pub(crate) const SLOTS: u64 = 24;
const HOUSEHOLDS_PER_VILLAGE: u64 = 150;
const VILLAGES_MAX: u64 = 1_920;
const VILLAGES_PER_TOWN: u64 = 8;

pub(crate) const TOWN_STEMS: [&str; 56] = [
    "柳河", "王店", "青墩", "白庙", "双沟", "大田", "新集", "枣园", "石桥", "龙湾", "三塔", "老营", "杨桥",
    "马楼", "黄岗", "吴寨", "清泉", "长堤", "芦塘", "桑园", "北湖", "南坪", "红旗", "永兴", "太平", "安宁",
    "和顺", "丰乐", "高塘", "低洼", "古井", "新桥", "金沟", "银杏", "铁佛", "土陂", "水磨", "火星", "木厂",
    "花园", "草庙", "麦场", "稻香", "豆坊", "油坊", "盐铺", "茶庵", "竹林", "松岗", "梅村", "兰陵", "菊潭",
    "荷塘", "桃园", "李集", "杏林",
];
pub(crate) const VILLAGE_SURNAMES: [&str; 16] = [
    "李", "王", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭",
];
pub(crate) const VILLAGE_SUFFIXES: [&str; 8] = ["庄", "营", "楼", "寨", "集", "湾", "桥", "堂"];

/// Where a household lives.
#[derive(Debug, Clone)]
pub struct Place {
    /// The county-level unit.
    pub county: &'static CountyUnit,
    /// Town, made up.
    pub town: String,
    /// Village, made up, unique in its town.
    pub village: String,
    /// Twelve digits: county, town, village.
    pub division: String,
    /// Position among all villages, in the order of their households.
    pub(crate) number: u64,
}

/// A village and its households.
#[derive(Debug, Clone)]
pub(crate) struct Village {
    pub(crate) number: u64,
    pub(crate) place: Arc<Place>,
    /// The unit it belongs to, by position in `COUNTIES`, and the index of that unit's first household.
    pub(crate) unit_no: usize,
    pub(crate) unit_first: u64,
    /// The index of its first household, and of the first one that is not its own.
    pub(crate) first: u64,
    pub(crate) end: u64,
    /// The slot that begins with its first household, if one does.
    pub(crate) slot: Option<u64>,
}

/// How the households of a county of a given size are laid out, village after village.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    households: u64,
    villages: u64,
}

impl Layout {
    /// A layout for about `households` households; more than that go to the last village.
    pub(crate) fn new(households: u64) -> Self {
        let households = households.max(SLOTS);
        Self {
            households,
            villages: (households / HOUSEHOLDS_PER_VILLAGE).clamp(SLOTS, VILLAGES_MAX),
        }
    }

    /// The villages, in the order of their households.
    pub(crate) fn villages(&self) -> impl Iterator<Item = Village> {
        let layout = *self;
        (0..self.villages).map(move |village| layout.village(village))
    }

    fn village(&self, number: u64) -> Village {
        let (unit_no, first_village) = self.unit_of(number);
        let in_unit = number - first_village;
        let (town_no, in_town) = (in_unit / VILLAGES_PER_TOWN, in_unit % VILLAGES_PER_TOWN);
        let is_town = town_no % 4 != 3;
        let town_code = if is_town { 100 + town_no } else { 200 + town_no };
        let county = &COUNTIES[unit_no];
        let stem = TOWN_STEMS[wrap(town_no + 7 * unit_no as u64, TOWN_STEMS.len())];
        let surname = VILLAGE_SURNAMES[wrap(in_unit * 5 + town_no, VILLAGE_SURNAMES.len())];
        let suffix = VILLAGE_SUFFIXES[wrap(in_town, VILLAGE_SUFFIXES.len())];
        let mut division = String::with_capacity(12);
        division.push_str(county.code);
        push_padded(&mut division, town_code, 3);
        push_padded(&mut division, 200 + in_town, 3);
        let place = Place {
            county,
            town: [stem, if is_town { "镇" } else { "乡" }].concat(),
            village: [surname, suffix, "村"].concat(),
            division,
            number,
        };
        let slot = number * SLOTS / self.villages;
        Village {
            number,
            place: Arc::new(place),
            unit_no,
            unit_first: self.first_household(first_village),
            first: self.first_household(number),
            // More households than were planned for go to the last village.
            end: if number + 1 == self.villages {
                u64::MAX
            } else {
                self.first_household(number + 1)
            },
            slot: (first_at(slot, self.villages, SLOTS) == number).then_some(slot),
        }
    }

    /// The village household `index` lies in.
    pub(crate) fn village_of(&self, index: u64) -> Village {
        self.village((index * self.villages / self.households).min(self.villages - 1))
    }

    /// The village after `village`.
    pub(crate) fn after(&self, village: &Village) -> Village {
        self.village((village.number + 1).min(self.villages - 1))
    }

    fn first_household(&self, village: u64) -> u64 {
        first_at(village, self.households, self.villages)
    }

    /// The number of the unit a village belongs to, and the unit's first village.
    fn unit_of(&self, village: u64) -> (usize, u64) {
        let slot = village * SLOTS / self.villages;
        let mut first_slot = 0;
        for (unit_no, unit) in COUNTIES.iter().enumerate() {
            if slot < first_slot + unit.slots {
                return (unit_no, first_at(first_slot, self.villages, SLOTS));
            }
            first_slot += unit.slots;
        }
        (COUNTIES.len() - 1, first_at(first_slot, self.villages, SLOTS))
    }
}

/// The smallest `i` with `i * parts / total == part`.
fn first_at(part: u64, total: u64, parts: u64) -> u64 {
    (part * total).div_ceil(parts)
}

fn wrap(n: u64, len: usize) -> usize {
    usize::try_from(n).unwrap_or(0) % len
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_slots_of_the_counties_are_all_the_slots() {
        assert_eq!(COUNTIES.iter().map(|unit| unit.slots).sum::<u64>(), SLOTS);
    }

    #[test]
    fn every_county_has_households_however_small_the_county_and_ranks_never_repeat() {
        for households in [24, 306, 3_058, 40_000] {
            let layout = Layout::new(households);
            let mut seen = BTreeSet::new();
            let mut counties = BTreeSet::new();
            let mut slots = BTreeSet::new();
            for index in 0..households + 5 {
                let village = layout.village_of(index);
                counties.insert(village.place.county.code);
                slots.extend(village.slot.filter(|_| index == village.first));
                assert!((village.first..village.end).contains(&index));
                assert!(
                    seen.insert((village.place.division.clone(), index - village.first)),
                    "index {index} of {households}"
                );
            }
            assert_eq!((counties.len(), slots.len()), (8, 24), "{households} households");
        }
    }

    #[test]
    fn id_prefixes_belong_to_one_county_only() {
        let all: Vec<_> = COUNTIES
            .iter()
            .flat_map(|unit| [unit.code].into_iter().chain(unit.other_prefixes))
            .collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }
}
