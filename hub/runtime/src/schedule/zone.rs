//! Time zones by their names in the IANA database, which is compiled in.
//! Here because the host's zone is never asked, and a misspelt one must be told from what was meant.
//! In: a name. Out: the zone, or the nearest name.
//! Not here: what is done with it.

use chrono_tz::{TZ_VARIANTS, Tz};
use hub_model::nearest;

/// The zone called `name`.
///
/// # Errors
/// What was probably meant.
pub fn zone(name: &str) -> Result<Tz, String> {
    let known = TZ_VARIANTS.iter().find(|zone| zone.name() == name);
    known.copied().ok_or_else(|| {
        let near = nearest(name, TZ_VARIANTS.iter().map(|zone| zone.name())).unwrap_or("Asia/Shanghai");
        format!("没有时区 {name:?}；是否应为 / no such time zone, did you mean {near:?}?")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_zone_is_told_with_the_nearest() {
        assert_eq!(zone("Asia/Shanghai"), Ok(Tz::Asia__Shanghai));
        assert!(zone("Asia/Shangai").unwrap_err().contains("\"Asia/Shanghai\""));
        assert!(zone("北京时间").unwrap_err().contains("Asia/Shanghai"));
    }
}
