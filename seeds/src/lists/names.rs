//! Names of people who do not exist: surnames as frequent as in the country, given names of their time.
//! Here because linkage stands and falls with who shares a name with whom: lineage villages, generation characters, fashions.
//! In: dice, a village's lineages, sex, year of birth. Out: a surname, a given name.
//! Not here: names spelt wrongly (dirt.rs). No list of real people was used.

use crate::county::Sex;
use crate::county::dice::Dice;

/// Surnames and how many of ten thousand carry them, about; the rest of the thousands are left out.
#[rustfmt::skip]
const SURNAMES: [(&str, u32); 118] = [
    ("王", 729), ("李", 725), ("张", 690), ("刘", 545), ("陈", 400), ("杨", 310), ("赵", 230), ("黄", 170),
    ("周", 190), ("吴", 205), ("徐", 180), ("孙", 175), ("胡", 140), ("朱", 150), ("高", 120), ("林", 70),
    ("何", 80), ("郭", 125), ("马", 140), ("罗", 60), ("梁", 65), ("宋", 75), ("郑", 70), ("谢", 60),
    ("韩", 70), ("唐", 50), ("冯", 55), ("于", 45), ("董", 50), ("萧", 20), ("程", 65), ("曹", 50),
    ("袁", 48), ("邓", 45), ("许", 60), ("傅", 20), ("沈", 35), ("曾", 25), ("彭", 40), ("吕", 42),
    ("苏", 38), ("卢", 35), ("蒋", 38), ("蔡", 36), ("贾", 34), ("丁", 42), ("魏", 46), ("薛", 26),
    ("叶", 30), ("阎", 12), ("余", 34), ("潘", 34), ("杜", 36), ("戴", 28), ("夏", 30), ("钟", 20),
    ("汪", 38), ("田", 36), ("任", 32), ("姜", 30), ("范", 34), ("方", 34), ("石", 28), ("姚", 30),
    ("谭", 18), ("廖", 14), ("邹", 18), ("熊", 14), ("金", 26), ("陆", 20), ("郝", 18), ("孔", 16),
    ("白", 20), ("崔", 24), ("康", 16), ("毛", 14), ("邱", 16), ("秦", 24), ("江", 18), ("史", 18),
    ("顾", 14), ("侯", 18), ("邵", 16), ("孟", 22), ("龙", 10), ("万", 14), ("段", 14), ("雷", 10),
    ("钱", 12), ("汤", 12), ("尹", 12), ("黎", 6), ("易", 6), ("常", 16), ("武", 16), ("乔", 16),
    ("贺", 12), ("赖", 4), ("龚", 12), ("文", 8), ("单", 14), ("解", 10), ("查", 8), ("仇", 6),
    ("阮", 8), ("闫", 14), ("宁", 12), ("甄", 4), ("储", 6), ("亳", 1), ("鹿", 6), ("苗", 12),
    ("齐", 14), ("刁", 4), ("欧阳", 5), ("上官", 2), ("司马", 2), ("巩", 8),
];

const fn total(items: &[(&str, u32)]) -> u32 {
    let (mut sum, mut at) = (0, 0);
    while at < items.len() {
        sum += items[at].1;
        at += 1;
    }
    sum
}

const SURNAMES_TOTAL: u32 = total(&SURNAMES);

/// Characters of given names, the frequent ones first: born before 1965, until 1990, later.
const MALE: [&str; 3] = [
    "国建志文德明华永军平福贵生荣春海金玉成林学忠良才义山广清云兴保长世万家庆庭士传宗喜银柱根友发富田俊连克允景法中化守怀茂正道继善修树振西东南北河江水石木全有来多先大光新民安太仁礼智信孝廉功勤俭龙虎彪豹",
    "军伟强勇建国平华明杰涛超刚辉鹏飞龙林峰亮斌波磊鑫洋宁民海生志文东晓小永红春立新光利成学振俊凯旭浩宇健康松柏青云雷震威武昌盛兴旺金银宝贵福禄全喜庆祥瑞友良忠诚信义仁德正直敏锐毅坚恒远大中心力克胜",
    "宇轩浩博凯旭昊天佳俊杰子梓涵睿泽晨皓然铭一诺家豪文嘉瑞思远逸航奕辰霖鑫哲翔鹏程明志承恩景云翰墨书恒永康宏伟建国锦鸿禹乐希圣钰洋海波涛润禾沐阳冠霆启峻熙尚楷桐",
];
const FEMALE: [&str; 3] = [
    "秀英兰玉桂凤芳珍梅花莲荣琴素云香贤华芝美翠月菊爱春红霞玲巧淑侠翠金银彩仙桃杏枝叶青萍勤敏俊惠孝贞节良云景学士永传怀修树振明文国志平侠环连秋冬喜招弟",
    "丽敏静霞燕玲娟艳红萍芳英梅兰琴云凤荣雪婷丹颖洁慧蓉香翠侠菊平华环美秀妮莉娜珊倩晓春小海玉文金银亚雅琳璐露晶莹莎薇影君俊景晴楠洋瑞利群志永桂",
    "欣怡涵萱梓雨佳思诗琪语嫣静雅婷雪瑶悦月妍彤可馨若曦紫晨子轩依诺一诺心怡梦洁璐琳芷晗予乐安然欢颜锦书韵灵珊倩文慧美玲敏娜艺洋果朵甜圆优冉星辰晓小",
];
/// Middle characters that generations of a lineage share.
const GENERATIONS: &str = "传继承先祖泽恩光华国家兴永世克昌明德文章绍述允怀修齐治平登庭广运道学士宗守正尚志立本敦仁厚忠良贤孝友庆延长锡福贻谋孔宪繁祥令维垂佑钦绪念显扬";

/// The surnames of a village: its lineages with their shares of the households, per mille.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lineages {
    first: (&'static str, u32),
    second: (&'static str, u32),
}

impl Lineages {
    /// Three villages in five have a lineage of 30 to 60 %, one in five a weaker one, the rest none.
    pub(super) fn of_village(dice: &mut Dice) -> Self {
        let first = surname_of_country(dice);
        let second = surname_of_country(dice);
        let (a, b) = match dice.below(10) {
            0..=5 => (dice.between(300, 600), dice.between(60, 180)),
            6 | 7 => (dice.between(120, 280), dice.between(60, 120)),
            _ => (40, 30),
        };
        let share = |n: i64| u32::try_from(n).unwrap_or(0);
        Self {
            first: (first, share(a)),
            second: (second, share(b)),
        }
    }

    /// A household's surname.
    pub(super) fn surname(&self, dice: &mut Dice) -> &'static str {
        match dice.below(1000) {
            n if n < self.first.1 => self.first.0,
            n if n < self.first.1 + self.second.1 => self.second.0,
            _ => surname_of_country(dice),
        }
    }

    /// Whether `surname` is the village's own lineage, whose generations share a character.
    pub(super) fn keeps_generations(&self, surname: &str) -> bool {
        self.first.1 >= 300 && self.first.0 == surname
    }
}

/// A surname from anywhere.
pub(super) fn surname_of_country(dice: &mut Dice) -> &'static str {
    dice.weighted(&SURNAMES, SURNAMES_TOTAL)
}

/// What a given name depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bearing {
    pub(super) sex: Sex,
    pub(super) year: i32,
    /// The character of the bearer's generation, where the lineage keeps one.
    pub(super) generation: Option<char>,
    /// The first given character of brothers and sisters, where the family keeps one.
    pub(super) shared: Option<char>,
}

/// The character of those born around `year` into the lineage of the village with this number.
pub(super) fn generation(village: u64, year: i32) -> char {
    let step = u64::try_from((year - 1900).max(0)).unwrap_or(0) / 24;
    let at = (village * 11 + step * 3) % GENERATIONS.chars().count() as u64;
    GENERATIONS
        .chars()
        .nth(usize::try_from(at).unwrap_or(0))
        .unwrap_or('传')
}

/// Appends a given name of one or two characters to `name`.
pub(super) fn push_given_name(name: &mut String, bearing: Bearing, dice: &mut Dice) {
    let era = match bearing.year {
        ..1965 => 0,
        1965..1990 => 1,
        _ => 2,
    };
    let pool = match bearing.sex {
        Sex::Male => MALE[era],
        Sex::Female => FEMALE[era],
    };
    let one_character = [100, 220, 110][era];
    let first = bearing.generation.or(bearing.shared);
    match first {
        Some(first) => name.push(first),
        None if dice.chance(one_character) => {}
        None => name.push(early(pool, dice)),
    }
    name.push(early(pool, dice));
}

/// A character of `pool`, the earlier the likelier.
fn early(pool: &str, dice: &mut Dice) -> char {
    let n = u32::try_from(pool.chars().count()).unwrap_or(1);
    let at = dice.below(n).min(dice.below(n)).min(dice.below(n + n / 2));
    pool.chars().nth(at as usize).unwrap_or('华')
}
