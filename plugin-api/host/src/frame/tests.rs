//! Frames written here and read back, whole, bent and cut.
//! Here because the decoder must survive every byte a hostile child can send.
//! In: batches with dictionaries, nulls, no rows. Out: equal batches, or an error; never a panic of ours.
//! Not here: the pipe.

use super::{Decoder, FrameWriter};
use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray};
use std::sync::Arc;

const FRAME_BYTES_MAX: usize = 1 << 20;

fn batch(from: i64, rows: i64) -> RecordBatch {
    let mut part = StringDictionaryBuilder::<Int32Type>::new();
    for row in from..from + rows {
        part.append_value(format!("{}", 2020 + row % 3));
    }
    let texts = (from..from + rows).map(|row| (row % 4 != 0).then(|| format!("收入 {row}")));
    let columns: [(&str, ArrayRef); 4] = [
        ("n", Arc::new(Int64Array::from_iter_values(from..from + rows))),
        ("text", Arc::new(texts.collect::<StringArray>())),
        ("_part", Arc::new(part.finish())),
        (
            "fen",
            Arc::new(Decimal128Array::from_iter_values(
                (from..from + rows).map(i128::from),
            )),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
}

fn frames(batches: &[RecordBatch]) -> Vec<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = FrameWriter::new(&mut bytes, FRAME_BYTES_MAX);
    assert!(writer.schema(&batches[0].schema()).is_ok());
    for batch in batches {
        assert!(writer.batch(batch).is_ok());
    }
    let (mut frames, mut rest) = (Vec::new(), bytes.as_slice());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (frame, next) = after.split_at(u32::from_le_bytes(*length) as usize);
        frames.push(frame.to_vec());
        rest = next;
    }
    frames
}

#[test]
fn batches_come_back_as_they_were_also_with_new_dictionaries_and_without_rows() {
    let sent = [batch(0, 100), batch(100, 1), batch(0, 0), batch(7, 50)];
    let mut decoder = Decoder::new(FRAME_BYTES_MAX);
    let mut frames = frames(&sent).into_iter();
    assert_eq!(decoder.decode(frames.next().unwrap()), Ok(None));
    assert_eq!(decoder.schema(), Some(&sent[0].schema()));
    for batch in &sent {
        assert_eq!(
            decoder.decode(frames.next().unwrap()).unwrap().as_ref(),
            Some(batch)
        );
    }
    assert_eq!(frames.next(), None);
}

#[test]
fn a_frame_over_the_cap_is_not_written() {
    let mut writer = FrameWriter::new(Vec::new(), 1000);
    let big = batch(0, 1000);
    assert!(writer.schema(&big.schema()).is_ok());
    assert!(matches!(
        writer.batch(&big),
        Err(super::WriteError::TooLarge { max: 1000, .. })
    ));
}

#[test]
fn no_bent_or_cut_frame_gets_past_the_decoder_with_a_panic() {
    let good = frames(&[batch(0, 20)]);
    let decode = |first: &[u8], second: &[u8]| {
        let mut decoder = Decoder::new(FRAME_BYTES_MAX);
        // Either answer is right; a changed value inside of the body is even a good batch.
        let _ = decoder.decode(first.to_vec());
        let _ = decoder.decode(second.to_vec());
    };
    // The decoder's own panics are expected and caught; their text is not wanted here.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for (bent, other) in [(0, 1), (1, 0)] {
        for at in 0..good[bent].len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut frame = good[bent].clone();
                frame[at] ^= flip;
                if bent == 0 {
                    decode(&frame, &good[other])
                } else {
                    decode(&good[other], &frame)
                }
            }
            if bent == 1 {
                decode(&good[0], &good[1][..at]);
            }
        }
    }
    std::panic::set_hook(hook);
}
