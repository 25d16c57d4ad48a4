//! Values bound to statements.
//! Here because whole numbers are 64 bits in both databases and yes is 1: nothing else is stored.
//! In: values of Rust. Out: arguments of either driver, an absent value with its kind.
//! Not here: reading them (row).

use std::borrow::Cow;

use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, Encode, Type};

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Value<'q> {
    Whole(Option<i64>),
    Real(Option<f64>),
    Text(Option<Cow<'q, str>>),
    Blob(Option<Cow<'q, [u8]>>),
}

impl Value<'_> {
    fn add<A: Arguments>(self, to: &mut A) -> Result<(), BoxDynError>
    where
        for<'t> Option<i64>: Encode<'t, A::Database> + Type<A::Database>,
        for<'t> Option<f64>: Encode<'t, A::Database> + Type<A::Database>,
        for<'t> Option<String>: Encode<'t, A::Database> + Type<A::Database>,
        for<'t> Option<Vec<u8>>: Encode<'t, A::Database> + Type<A::Database>,
    {
        match self {
            Self::Whole(value) => to.add(value),
            Self::Real(value) => to.add(value),
            Self::Text(value) => to.add(value.map(Cow::into_owned)),
            Self::Blob(value) => to.add(value.map(Cow::into_owned)),
        }
    }
}

pub(crate) fn for_sqlite(values: Vec<Value<'_>>) -> Result<SqliteArguments, BoxDynError> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        value.add(&mut arguments)?;
    }
    Ok(arguments)
}

pub(crate) fn for_postgres(values: Vec<Value<'_>>) -> Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        value.add(&mut arguments)?;
    }
    Ok(arguments)
}

/// What can be bound.
pub(crate) trait Bind<'q> {
    fn value(self) -> Value<'q>;
    /// No value of this kind.
    fn absent() -> Value<'q>;
}

macro_rules! whole {
    ($($kind:ty),*) => {$(
        impl<'q> Bind<'q> for $kind {
            fn value(self) -> Value<'q> {
                Value::Whole(Some(i64::from(self)))
            }
            fn absent() -> Value<'q> {
                Value::Whole(None)
            }
        }
    )*};
}
whole!(i64, i32, u32, u16, u8, bool);

macro_rules! other {
    ($($kind:ty => $variant:ident, $value:ident => $made:expr);* $(;)?) => {$(
        impl<'q> Bind<'q> for $kind {
            fn value(self) -> Value<'q> {
                let $value = self;
                Value::$variant(Some($made))
            }
            fn absent() -> Value<'q> {
                Value::$variant(None)
            }
        }
    )*};
}
other! {
    f64 => Real, value => value;
    String => Text, value => Cow::Owned(value);
    &'q String => Text, value => Cow::Borrowed(value);
    &'q str => Text, value => Cow::Borrowed(value);
    Cow<'q, str> => Text, value => value;
    Vec<u8> => Blob, value => Cow::Owned(value);
    &'q [u8] => Blob, value => Cow::Borrowed(value);
}

impl<'q, T: Bind<'q>> Bind<'q> for Option<T> {
    fn value(self) -> Value<'q> {
        self.map_or_else(T::absent, T::value)
    }
    fn absent() -> Value<'q> {
        T::absent()
    }
}

impl<'q> Bind<'q> for &'q Option<String> {
    fn value(self) -> Value<'q> {
        self.as_deref().value()
    }
    fn absent() -> Value<'q> {
        <&str>::absent()
    }
}

impl<'q> Bind<'q> for &&'q str {
    fn value(self) -> Value<'q> {
        (*self).value()
    }
    fn absent() -> Value<'q> {
        <&str>::absent()
    }
}
