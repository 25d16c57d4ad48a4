//! Lists that are no lists: nothing in them, anything in them, too much under one key.
//! Here because bad data is data, and a department's file must never stop the hub.
//! In: garbage. Out: outcomes; never a panic.
//! Not here: garbage in files (the connectors).

use super::county::{County, Dice, id};
use super::*;

#[test]
fn empty_lists_and_registers_are_linked_to_nobody() {
    let county = County::new(50, 1);
    for (register, list) in [
        (vec![], vec![]),
        (county.register.clone(), vec![]),
        (vec![], county.list.clone()),
    ] {
        let index = Index::new(people(&register));
        let people = people(&list);
        let mut linkage = Linkage::new(&index, &people);
        let weights = linkage.learn();
        let links = linkage.link(&weights).unwrap();
        assert_eq!(links.rows.len(), list.len());
        assert!(
            links
                .rows
                .iter()
                .all(|link| link.person.is_none() && link.band == Band::Leave)
        );
        assert_eq!(weights.tables().map(|_| ()), Ok(()));
    }
}

#[test]
fn a_batch_without_columns_is_a_list_of_silent_rows() {
    let batch =
        RecordBatch::try_from_iter([("x", Arc::new(StringArray::from(vec!["1", "2"])) as ArrayRef)]).unwrap();
    let mut reader = PeopleReader::new(Columns::default());
    assert!(reader.push(&batch));
    let list = reader.finish();
    let index = Index::new(people(&County::new(50, 1).register));
    let links = Linkage::new(&index, &list).link(&Weights::expected()).unwrap();
    assert_eq!(links.rows.iter().filter(|link| link.person.is_none()).count(), 2);
}

#[test]
fn anything_in_any_cell_is_data() {
    const PIECES: [&str; 22] = [
        "",
        " ",
        "*",
        "张",
        "三",
        "＊",
        "34122519650312",
        "X",
        "×",
        "1E+17",
        "\u{200B}",
        "·",
        "?",
        "2099-12-31",
        "0",
        "户主",
        "\u{E863}",
        "𠮷",
        "'",
        "第",
        "99999999999",
        "a",
    ];
    let mut dice = Dice(7);
    let mut row = || -> Cells {
        let cell = |dice: &mut Dice| {
            (0..dice.below(4))
                .map(|_| PIECES[dice.below(PIECES.len())])
                .collect::<String>()
        };
        COLUMNS
            .iter()
            .skip(1)
            .map(|column| (*column, cell(&mut dice)))
            .collect()
    };
    for _ in 0..20 {
        let register: Vec<Cells> = (0..120).map(|_| row()).collect();
        let list: Vec<Cells> = (0..80).map(|_| row()).collect();
        let index = Index::new(people(&register));
        let people = people(&list);
        let mut linkage = Linkage::new(&index, &people);
        let weights = linkage.learn();
        let links = linkage.link(&weights).unwrap();
        assert!(links.rows.iter().all(|link| (0.0..=1.0).contains(&link.chance)));
        for at in 0..list.len() {
            let text = linkage.explain(&weights, at).unwrap().to_string();
            assert!(text.starts_with("建议"), "{text}");
        }
    }
}

#[test]
fn somebody_born_tomorrow_is_linked_like_anybody() {
    let mut register = County::new(300, 2).register;
    let born = |id_no: &str| {
        person! { person_id: "777", name: "高安", sex: "男", birth_date: "2099-12-31", id_no: id_no,
        county: "太和县", town: "第0镇", village: "第1村", head_name: "高山", relation: "之子", door: "9号", phone: "15400009999" }
    };
    register.push(born(&id("34122220991231003")));
    let outcome = linked(&register, &[born("")]);
    assert_eq!(outcome[0].0, Some(777));
}

#[test]
fn blocks_that_are_too_big_are_skipped_and_counted() {
    let same = |person: usize| -> Cells {
        person! { person_id: format!("{}", person + 1), name: "王伟", birth_date: "1980-01-01", phone: "15400000000", county: "太和县",
        town: "第0镇", village: "第0村" }
    };
    let register: Vec<Cells> = (0..BLOCK_MAX + 10).map(same).collect();
    let index = Index::new(people(&register));
    let list =
        people(&[person! { name: "王伟", birth_date: "1980-01-01", phone: "15400000000", county: "太和县" }]);
    let links = Linkage::new(&index, &list).link(&Weights::expected()).unwrap();
    assert_eq!((links.rows[0].person, links.report.unseen), (None, 1));
    assert!(
        links.report.skipped.contains(&("电话", 1)),
        "{:?}",
        links.report.skipped
    );
    assert!(
        index
            .too_big()
            .iter()
            .any(|(blocks, rows)| *blocks == 1 && *rows == BLOCK_MAX + 10)
    );
}

#[test]
fn weights_that_are_not_ours_are_refused() {
    let index = Index::new(people(&[]));
    let list = people(&[]);
    let refuse = |spoil: &dyn Fn(&mut Weights)| {
        let mut weights = Weights::expected();
        spoil(&mut weights);
        Linkage::new(&index, &list).link(&weights).unwrap_err()
    };
    assert_eq!(refuse(&|w| w.format = 9), WeightsError::Format { found: 9 });
    assert_eq!(
        refuse(&|w| w.registered = f64::NAN),
        WeightsError::Number { what: "registered" }
    );
    assert_eq!(
        refuse(&|w| w.trust = [-1.0, 0.0]),
        WeightsError::Number { what: "trust" }
    );
    assert_eq!(
        refuse(&|w| w.ask = w.link + 1.0),
        WeightsError::Number { what: "ask" }
    );
    let missing = refuse(&|w| {
        w.fields.remove("sex");
    });
    assert_eq!(
        missing,
        WeightsError::Cell {
            field: "sex",
            cell: "same"
        }
    );
    let wrong = refuse(&|w| {
        w.fields.get_mut("name").unwrap().get_mut("same").unwrap()[0] = f32::NAN;
    });
    assert_eq!(
        wrong,
        WeightsError::Cell {
            field: "name",
            cell: "same"
        }
    );
}
