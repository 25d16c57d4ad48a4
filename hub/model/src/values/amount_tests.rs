//! Examples for amounts: what comes in and what it is worth.
//! Here because the tables are longer than the code; amount.rs includes it as its tests.
//! In: the dirt catalogue's examples and more. Out: fen, millionths of a yuan, watt-hours, watts, thousandths, shares.
//! Not here: reading a number by itself (decimal.rs).

use super::*;

#[test]
fn money_as_departments_write_it() {
    let table = [
        ("D23", "1,234.50", Some(123_450)),
        ("D23", "716元/月", Some(71_600)),
        ("D23", "0.0716万", Some(71_600)),
        ("D23", "0.0716万元", Some(71_600)),
        ("D23", "0.123450万元", Some(123_450)),
        ("D23", "￥716", Some(71_600)),
        ("D23", "¥ 8000", Some(800_000)),
        ("D23", "￥-3.5", Some(-350)),
        ("D23", "-￥3.5", Some(-350)),
        ("D23", "１２３４．５０", Some(123_450)),
        ("D23", "１，２３４．５０", Some(123_450)),
        ("D23", "8000元", Some(800_000)),
        ("D23", "8000 元 ", Some(800_000)),
        ("D23", "8000元整", Some(800_000)),
        ("D23", "人民币8000元", Some(800_000)),
        ("D23", "50元/人/天", Some(5_000)),
        ("D23", "50元/人·天", Some(5_000)),
        ("D23", "716元每月", Some(71_600)),
        ("D23", "716/月", Some(71_600)),
        ("D23", "3元5角", Some(350)),
        ("D23", "1万2千元", Some(1_200_000)),
        ("D23", "1万2000元", Some(1_200_000)),
        ("D23", "5角", Some(50)),
        ("D23", "30分", Some(30)),
        ("D23", "1.1亿元", Some(11_000_000_000)),
        ("D23", "(12.00)", Some(-1_200)),
        ("D23", "（12.00）", Some(-1_200)),
        ("D23", "(12.00元)", Some(-1_200)),
        ("D23", "(12.00)元", Some(-1_200)),
        ("D23", "-3.00", Some(-300)),
        ("D23", "－3.00", Some(-300)),
        ("D23", "+3", Some(300)),
        ("D23", " 1234.50\u{A0}", Some(123_450)),
        ("D23", "0", Some(0)),
        ("D37", "0.00", Some(0)),
        ("D23", ".5", Some(50)),
        ("D23", "12.345", Some(1_235)),
        ("D23", "12.344", Some(1_234)),
        ("D23", "-12.345", Some(-1_235)),
        ("D23", "2341.6700000000001", Some(234_167)),
        ("D23", "2341.6699999999996", Some(234_167)),
        ("D37", "", None),
        ("D37", "-", None),
        ("D37", "—", None),
        ("D37", "/", None),
        ("D37", "无", None),
        ("D37", "暂无", None),
        ("D37", "#N/A", None),
        ("D37", "#REF!", None),
        ("D37", "NULL", None),
        ("D37", "元", None),
        ("D37", "八千", None),
        ("", "1e5", None),
        ("", "7.16E+2", None),
        ("", "12.3.4", None),
        ("", "12 34", None),
        ("", "1,23", None),
        ("", "约716元", None),
        ("", "716左右", None),
        ("", "716-800", None),
        ("", "716元/800元", None),
        ("", "10%", None),
        ("", "$5", None),
        ("", "716美元", None),
        ("", "(12", None),
        ("", "12)", None),
        ("", "(-12)", None),
        ("", "(1)12.00", None),
        ("", "5角3元", None),
        ("", "3元5", None),
        ("", "--5", None),
        ("", "99999999999999999999", None),
        ("", "9999999999999999万", None),
    ];
    for (code, text, fen) in table {
        assert_eq!(money_fen(text), fen, "{code} {text}");
    }
}

#[test]
fn a_header_gives_the_unit_where_the_text_gives_none() {
    let table = [
        ("0.0716", "万元", Some(71_600)),
        ("12", "万元", Some(12_000_000)),
        ("716元", "万元", Some(71_600)),
        ("2万", "元", Some(2_000_000)),
        ("7160", "角", Some(71_600)),
        ("71600", "分", Some(71_600)),
        ("1.5", "千元", Some(150_000)),
        ("716", " 元 ", Some(71_600)),
        ("716", "斤", None),
        ("716", "", None),
        ("无", "万元", None),
    ];
    for (text, unit, fen) in table {
        assert_eq!(money_fen_in(text, unit), fen, "{text} {unit}");
    }
    let named = [
        ("716元/月", Some("元")),
        ("0.0716 万元", Some("万元")),
        ("716", None),
        ("无", None),
    ];
    for (text, unit) in named {
        assert_eq!(money_unit(text), unit, "{text}");
    }
}

#[test]
fn prices_become_millionths_of_a_yuan() {
    let table = [
        ("0.3844", Some(384_400)),
        ("0.3844元/kWh", Some(384_400)),
        ("0.3844元／千瓦时", Some(384_400)),
        ("38.44分/千瓦时", Some(384_400)),
        ("3.5元/斤", Some(3_500_000)),
        ("￥12", Some(12_000_000)),
        ("0.98元每度", Some(980_000)),
        ("0.00000049", Some(0)),
        ("0.0000005", Some(1)),
        ("12元/500g", None),
        ("0.3844kWh", None),
        ("-", None),
    ];
    for (text, micro) in table {
        assert_eq!(unit_price(text), micro, "{text}");
    }
}

#[test]
fn energy_and_capacity_become_watt_hours_and_watts() {
    let energy = [
        ("1200", Some(1_200_000)),
        ("1,200.5", Some(1_200_500)),
        ("1200kWh", Some(1_200_000)),
        ("1200 KWH", Some(1_200_000)),
        ("1200度", Some(1_200_000)),
        ("1200千瓦时", Some(1_200_000)),
        ("8万千瓦时", Some(80_000_000)),
        ("1.2MWh", Some(1_200_000)),
        ("-5", Some(-5_000)),
        ("1200kW", None),
        ("1200元", None),
        ("无", None),
    ];
    for (text, watt_hours_of) in energy {
        assert_eq!(watt_hours(text), watt_hours_of, "{text}");
    }
    let capacity = [
        ("60", Some(60_000)),
        ("60kW", Some(60_000)),
        ("60KWp", Some(60_000)),
        ("60千瓦", Some(60_000)),
        ("0.3MW", Some(300_000)),
        ("５００ＫＷ", Some(500_000)),
        ("350W", Some(350)),
        ("60.25", Some(60_250)),
        ("60kWh", None),
        ("六十", None),
    ];
    for (text, watts_of) in capacity {
        assert_eq!(watts(text), watts_of, "{text}");
    }
}

#[test]
fn quantities_shares_and_counts() {
    let thousandths = [
        ("30", Some(30_000)),
        ("12.5", Some(12_500)),
        ("0.0004", Some(0)),
        ("10箱", None),
        ("", None),
    ];
    for (text, milli_of) in thousandths {
        assert_eq!(milli(text), milli_of, "{text}");
    }
    let shares = [
        ("10", Some(1_000)),
        ("10%", Some(1_000)),
        ("10.5％", Some(1_050)),
        (" 10 % ", Some(1_000)),
        ("5‰", Some(50)),
        ("0.1", Some(10)),
        ("100%", Some(10_000)),
        ("10元", None),
        ("%", None),
    ];
    for (text, basis_points) in shares {
        assert_eq!(percent_bp(text), basis_points, "{text}");
    }
    let counts = [
        ("4", Some(4)),
        ("4.0", Some(4)),
        ("４", Some(4)),
        ("1,200", Some(1_200)),
        ("-3", Some(-3)),
        ("4.5", None),
        ("四", None),
        ("4人", None),
    ];
    for (text, count) in counts {
        assert_eq!(whole_number(text), count, "{text}");
    }
}

#[test]
fn the_short_way_gives_what_the_long_way_gives() {
    let mut texts = vec![
        String::new(),
        "-".into(),
        ".".into(),
        "5.".into(),
        ".5".into(),
        "--5".into(),
        "1.2.3".into(),
    ];
    for whole in [0_i64, 7, 90, 716, 8_592, 99_999_999, 123_456_789, 9_999_999_999] {
        for decimals in ["", ".0", ".5", ".05", ".125", ".3844"] {
            texts.extend([
                format!("{whole}{decimals}"),
                format!("-{whole}{decimals}"),
                format!("00{whole}{decimals}"),
            ]);
        }
    }
    for text in &texts {
        for power in [0, 2, 3, 6] {
            let long = written(text, power, &MONEY, per_time_or_head).map(|(value, _)| value);
            if let Some(short) = plain(text, power) {
                assert_eq!(Some(short), long, "{text} in 10^{power}");
            }
        }
    }
    assert_eq!(plain("1234.50", 2), Some(123_450));
    assert_eq!(
        (plain("0.005", 2), plain("12,5", 2), plain("１２", 2)),
        (None, None, None)
    );
}
