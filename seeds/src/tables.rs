//! Tables: the policy's clauses and the national code tables, as TOML texts within the program.
//! Here because rules, mappings and pages speak of clauses and codes, and must find them beside the program or without any file.
//! In: `policy/clauses.toml`, `codes/*.toml`. Out: their texts by name.
//! Not here: what a rule does with a clause; reading TOML, which is the user's business.

/// What each clause asks that data can check: `[[clause]]` with `id`, `text`, `checks`, `rules`, `kpis`,
/// `clocks`, `connectors`; where data has nothing to check, `no_data_duty` says why.
pub const CLAUSES: &str = include_str!("../policy/clauses.toml");

/// Code tables by name: `name`, `standard`, `note`, and `[[code]]` with `code` and `text`; divisions have `poverty` and `aliases` too.
pub const CODE_TABLES: [(&str, &str); 9] = [
    ("sex", include_str!("../codes/sex.toml")),
    ("marriage", include_str!("../codes/marriage.toml")),
    ("ethnicity", include_str!("../codes/ethnicity.toml")),
    ("education", include_str!("../codes/education.toml")),
    ("relation", include_str!("../codes/relation.toml")),
    ("relation-roster", include_str!("../codes/relation-roster.toml")),
    ("disability-kind", include_str!("../codes/disability-kind.toml")),
    ("disability-grade", include_str!("../codes/disability-grade.toml")),
    ("division-fuyang", include_str!("../codes/division-fuyang.toml")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::county::COUNTIES;
    use std::collections::HashSet;

    fn texts<'t>(entry: &'t toml::Value, key: &str) -> Vec<&'t str> {
        let list = entry[key].as_array().unwrap();
        list.iter().map(|text| text.as_str().unwrap()).collect()
    }

    #[test]
    fn every_clause_is_there_once_and_says_what_data_can_check_or_nothing() {
        let table: toml::Table = CLAUSES.parse().unwrap();
        let clauses = table["clause"].as_array().unwrap();
        let ids: Vec<&str> = clauses
            .iter()
            .map(|clause| clause["id"].as_str().unwrap())
            .collect();
        let all: Vec<String> = std::iter::once("T".to_owned())
            .chain((1..=34).map(|id| id.to_string()))
            .collect();
        assert_eq!(ids, all);
        for clause in clauses {
            let checked = !clause["checks"].as_str().unwrap().is_empty();
            assert_eq!(checked, clause.get("no_data_duty").is_none(), "{}", clause["id"]);
            assert_eq!(
                checked,
                !texts(clause, "connectors").is_empty(),
                "{}",
                clause["id"]
            );
            assert!(!clause["text"].as_str().unwrap().is_empty());
            for rule in texts(clause, "rules") {
                assert!(
                    rule == "H"
                        || rule.len() == 3 && rule.starts_with(|first: char| "ABCFGMP".contains(first)),
                    "{rule}"
                );
            }
        }
    }

    #[test]
    fn no_code_table_has_a_code_twice_and_the_counties_are_ours() {
        for (name, text) in CODE_TABLES {
            let table: toml::Table = text.parse().unwrap();
            let codes = table["code"].as_array().unwrap();
            let unique: HashSet<&str> = codes.iter().map(|code| code["code"].as_str().unwrap()).collect();
            assert_eq!(unique.len(), codes.len(), "{name}");
            if name == "division-fuyang" {
                for (code, county) in codes.iter().zip(&COUNTIES) {
                    assert_eq!(
                        (code["code"].as_str(), code["text"].as_str()),
                        (Some(county.code), Some(county.name))
                    );
                }
                let national = codes
                    .iter()
                    .filter(|code| code["poverty"].as_str() == Some("国家级"))
                    .count();
                assert_eq!((codes.len(), national), (8, 4));
            }
        }
    }
}
