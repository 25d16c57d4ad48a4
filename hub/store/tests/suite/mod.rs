//! What the store promises, whichever database it works on.
//! Here because everything else is built on these sentences, and both databases must keep them.
//! In: `crate::place`, which says where. Out: assertions over what is read back.
//! Not here: what is of one database only (file, server).

mod cases;
mod credentials;
mod fires;
mod held;
mod identity;
mod past;
mod refused;
mod retention;
mod routed;
mod scopes;
mod store;
