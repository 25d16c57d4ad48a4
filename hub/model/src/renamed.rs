//! Names of villages and towns that changed, with the days on which the old name means the new one.
//! Here because departments write a place under the name it had when their list was set up.
//! In: `places.toml`. Out: for a name as compared, the name it means on a day.
//! Not here: how names are brought into the form they are compared in (`values::village_key`).

use std::collections::HashMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Mistake, from_toml, schema_of, values};

/// What kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlaceLevel {
    /// 村.
    Village,
    /// 乡, 镇 or 街道.
    Town,
}

/// Every name that changed.
#[derive(Debug, Clone, Default)]
pub struct RenamedPlaces(Vec<Renamed>);

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Renamed {
    level: PlaceLevel,
    county: Option<String>,
    from: String,
    to: String,
    #[schemars(with = "Option<NaiveDate>")]
    since: Option<toml::value::Datetime>,
    #[schemars(with = "Option<NaiveDate>")]
    until: Option<toml::value::Datetime>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    place: Vec<Renamed>,
}

/// The names that hold on one day, by kind, county (empty for any) and old name, each as compared.
#[derive(Debug, Clone, Default)]
pub struct PlaceNames(HashMap<(PlaceLevel, String, String), String>);

impl RenamedPlaces {
    /// Reads `text` of `file`.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn read(text: &str, file: &str) -> Result<Self, Mistake> {
        Ok(Self(from_toml::<File>(text, file)?.place))
    }

    /// The schema of the file, JSON Schema 2020-12.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        schema_of::<File>()
    }

    /// The names that hold on `day`.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> PlaceNames {
        let date = |at: &Option<toml::value::Datetime>| {
            let date = at.as_ref()?.date?;
            NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
        };
        let holds = |place: &&Renamed| {
            date(&place.since).is_none_or(|since| since <= day)
                && date(&place.until).is_none_or(|until| day <= until)
        };
        let named = |place: &Renamed| {
            let county = place.county.as_deref().map_or_else(String::new, county_key);
            Some(((place.level, county, key(&place.from)?), key(&place.to)?))
        };
        PlaceNames(self.0.iter().filter(holds).filter_map(named).collect())
    }
}

impl PlaceNames {
    /// The key `text` is compared by: that of the name it means. `None` when nothing is said.
    #[must_use]
    pub fn key(&self, level: PlaceLevel, county: &str, text: &str) -> Option<String> {
        let said = key(text)?;
        if self.0.is_empty() {
            return Some(said);
        }
        let means = |county: String| self.0.get(&(level, county, said.clone())).cloned();
        let county = county_key(county);
        Some(means(county).or_else(|| means(String::new())).unwrap_or(said))
    }
}

fn key(text: &str) -> Option<String> {
    values::village_key(text).map(std::borrow::Cow::into_owned)
}

fn county_key(text: &str) -> String {
    let code = values::division_code(text).map(std::borrow::Cow::into_owned);
    code.or_else(|| key(text)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_name_means_the_new_one_on_its_days_and_in_its_county() {
        let text = r#"
            [[place]]
            level = "village"
            county = "太和县"
            from = "大王庄村"
            to = "王集村"
            since = 2020-01-01
            until = 2023-12-31
            [[place]]
            level = "town"
            from = "城关镇"
            to = "城东街道"
        "#;
        let places = RenamedPlaces::read(text, "places.toml").unwrap();
        let on = |year| places.on(NaiveDate::from_ymd_opt(year, 6, 1).unwrap());
        let village = |year, county, name| on(year).key(PlaceLevel::Village, county, name);
        assert_eq!(
            village(2022, "太和县", "大王庄村委会"),
            village(2022, "太和县", "王集村")
        );
        assert_ne!(
            village(2024, "太和县", "大王庄"),
            village(2024, "太和县", "王集村")
        );
        assert_ne!(
            village(2022, "阜南县", "大王庄"),
            village(2022, "阜南县", "王集村")
        );
        assert_eq!(
            on(2024).key(PlaceLevel::Town, "阜南县", "城关镇"),
            on(2024).key(PlaceLevel::Town, "", "城东街道办事处")
        );
        assert_eq!(on(2024).key(PlaceLevel::Town, "阜南县", " "), None);
        let wrong = RenamedPlaces::read("[[place]]\nlevel = \"hamlet\"", "places.toml").unwrap_err();
        assert!(wrong.to_string().starts_with("places.toml:2:"), "{wrong}");
    }
}
