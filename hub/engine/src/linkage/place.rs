//! Places of the register as dense numbers, and the place a list's row means.
//! Here because lists say a village's name where the register has its code, and leave the town off.
//! In: what is said of county, town and village. Out: numbers, 0 where the register has no such place.
//! Not here: how names of places are compared (hub-model), renamed places (an alias table of the caller).

use super::hash::{self, Map};
use super::people::Said;

/// A place in the register's numbers; 0 for not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) county: u32,
    pub(super) town: u32,
    pub(super) village: u32,
}

/// Every place the register names.
#[derive(Debug, Default)]
pub(super) struct Gazetteer {
    /// By what is said, most precisely first; two places under one key make it `AMBIGUOUS`.
    known: Map<u64, Place>,
    counties: u32,
    towns: u32,
    pub(super) villages: u32,
}

/// A key that could mean two places.
const AMBIGUOUS: Place = Place {
    county: u32::MAX,
    town: u32::MAX,
    village: u32::MAX,
};

impl Gazetteer {
    /// Learns the places said, and gives each its number.
    pub(super) fn new(places: &[Said]) -> (Self, Vec<Place>) {
        let mut gazetteer = Self::default();
        let numbered = places.iter().map(|said| gazetteer.add(*said)).collect();
        (gazetteer, numbered)
    }

    fn add(&mut self, said: Said) -> Place {
        let [county_key, town_key, village_key] = keys(said);
        let county = number(&mut self.known, county_key, &mut self.counties, |n| Place {
            county: n,
            ..Place::default()
        });
        let town = number(&mut self.known, town_key, &mut self.towns, |n| Place {
            town: n,
            ..county
        });
        let place = number(&mut self.known, village_key, &mut self.villages, |n| Place {
            village: n,
            ..town
        });
        for short in shortened(said) {
            if short != 0 {
                let entry = self.known.entry(short).or_insert(place);
                if *entry != place {
                    *entry = AMBIGUOUS;
                }
            }
        }
        place
    }

    /// The place a list means: by all it says, else by what is left when a part is missing or wrong.
    pub(super) fn find(&self, said: Said) -> Place {
        let [county, town, village] = keys(said);
        let [by_county, by_town, by_village, town_alone] = shortened(said);
        let lookup = |key: u64| {
            let found = (key != 0).then(|| self.known.get(&key).copied()).flatten();
            found.filter(|place| *place != AMBIGUOUS)
        };
        let without_village = |place: Place| Place { village: 0, ..place };
        lookup(village)
            .or_else(|| lookup(by_county))
            .or_else(|| lookup(by_town))
            .or_else(|| lookup(town).map(without_village))
            .or_else(|| (said.county == 0).then(|| lookup(by_village)).flatten())
            .or_else(|| {
                (said.county == 0)
                    .then(|| lookup(town_alone))
                    .flatten()
                    .map(without_village)
            })
            .or_else(|| lookup(county))
            .unwrap_or_default()
    }
}

/// The number of what stands under a key, which is given when the key is new; nothing for no key.
fn number(known: &mut Map<u64, Place>, key: u64, count: &mut u32, place: impl Fn(u32) -> Place) -> Place {
    if key == 0 {
        return place(0);
    }
    *known.entry(key).or_insert_with(|| {
        *count += 1;
        place(*count)
    })
}

fn keys(said: Said) -> [u64; 3] {
    let Said {
        county,
        town,
        village,
    } = said;
    [
        hash::all(&[1, county]),
        hash::all(&[2, county, town]),
        hash::all(&[3, county, town, village]),
    ]
}

/// Keys of a village without its town, without its county, alone; of a town alone.
fn shortened(said: Said) -> [u64; 4] {
    let Said {
        county,
        town,
        village,
    } = said;
    [
        hash::all(&[4, county, village]),
        hash::all(&[5, town, village]),
        hash::all(&[6, village]),
        hash::all(&[7, town]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_village_is_found_by_as_much_as_is_said_of_it() {
        let said = |county, town, village| Said {
            county,
            town,
            village,
        };
        let (gazetteer, places) = Gazetteer::new(&[
            Said::default(),
            said(1, 11, 101),
            said(1, 11, 102),
            said(1, 12, 102),
            said(2, 21, 101),
        ]);
        assert_eq!(gazetteer.find(said(1, 11, 101)), places[1]);
        assert_eq!(gazetteer.find(said(1, 0, 101)), places[1]);
        assert_eq!(gazetteer.find(said(0, 12, 102)), places[3]);
        let county = |place: Place| (place.county, place.town, place.village);
        assert_eq!(county(gazetteer.find(said(1, 0, 102))), (places[1].county, 0, 0));
        assert_eq!(county(gazetteer.find(said(1, 12, 999))), (1, places[3].town, 0));
        assert_eq!(gazetteer.find(said(9, 9, 9)), Place::default());
    }
}
