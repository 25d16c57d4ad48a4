//! Profile: how dirty a department's list is, and who stands in it without being registered.
//! Here because a method that shines on one kind of list must also be seen on the others.
//! In: a profile's name. Out: its rates, in per mille unless said otherwise.
//! Not here: how a cell is spoilt (dirt.rs).

/// One of three kinds of list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// A usual list; among those not registered are planted namesakes, brothers, sisters and twins.
    Base,
    /// As `Base`, with nobody planted and hardly any twins.
    Natural,
    /// Mostly masked or missing numbers, few dates of birth, no household number.
    Hard,
}

/// What happens to the cells of a list, per mille.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    /// Masked, fifteen digits, one wrong digit, cut by a spreadsheet, missing; the rest of the numbers are clean.
    pub(super) id: [u32; 5],
    /// Rows that carry the valid number of another member of the household.
    pub(super) anothers_id: u32,
    /// Rows without a date of birth.
    pub(super) no_birth: u32,
    /// Rows without a head's name; without a phone; without group and door; without a village.
    pub(super) no_head: u32,
    pub(super) no_phone: u32,
    pub(super) no_door: u32,
    pub(super) no_village: u32,
    /// Names written by ear, in other characters, with blanks, with one wrong character.
    pub(super) name: [u32; 4],
    /// Rows with a masked number whose name is masked too.
    pub(super) masked_name: u32,
    /// Whether the list numbers its households.
    pub(super) household_no: bool,
    /// Births of children that are twins.
    pub(super) twins: u32,
    /// Of the rows that are nobody's in the register: strangers' households, members who were never registered,
    /// namesakes of the village, brothers and sisters, twins, people from elsewhere.
    pub(super) outsiders: [u32; 6],
}

impl Profile {
    pub(super) const fn rates(self) -> Rates {
        const BASE: Rates = Rates {
            id: [80, 50, 40, 30, 100],
            anothers_id: 15,
            no_birth: 250,
            no_head: 200,
            no_phone: 300,
            no_door: 400,
            no_village: 50,
            name: [30, 40, 20, 12],
            masked_name: 150,
            household_no: true,
            twins: 25,
            outsiders: [350, 150, 200, 150, 100, 50],
        };
        match self {
            Self::Base => BASE,
            Self::Natural => Rates {
                twins: 4,
                outsiders: [600, 300, 0, 0, 0, 100],
                ..BASE
            },
            Self::Hard => Rates {
                id: [350, 50, 40, 60, 300],
                no_birth: 700,
                no_head: 350,
                no_phone: 400,
                no_door: 500,
                no_village: 100,
                name: [40, 40, 20, 20],
                household_no: false,
                ..BASE
            },
        }
    }
}
