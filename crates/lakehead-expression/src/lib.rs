//! Calculated fields: expressions of mappings, evaluated over whole columns of a record batch.
//!
//! `lakehead_model::expression` reads a text into a tree; [`Expression::compile`] finds its functions and checks
//! what can be checked without data; [`Expression::evaluate`] computes a column. A row whose calculation fails is
//! null and has a [`Failures`] entry; it never stops the others.
//!
//! A call that takes one value is made for each item of an attribute with `[*]`: `compile/part.rs` says when, `each.rs` does it.
//!
//! Where to look: [`functions::ALL`] is the list of functions, one file per category; `operators` has the operators and
//! methods; [`column`] and [`coerce`] are the types of the language and how one becomes another.
#![warn(missing_docs)]
#![expect(clippy::unnecessary_wraps, reason = "kernels have one signature, also those that cannot fail")]

mod agents;
mod build;
pub mod coerce;
pub mod column;
mod compile;
mod dates;
mod each;
mod evaluate;
pub mod failures;
pub mod function;
pub mod functions;
pub mod json;
mod kinds;
mod operators;
pub mod path;
mod patterns;
#[cfg(test)]
mod testing;
pub mod unify;
pub mod zoned;

pub use column::{Column, Kind};
pub use compile::{CompileError, Expression};
pub use evaluate::{Evaluated, Row};
pub use failures::Failures;
pub use function::{Call, Category, Fault, Function, Kernel, Param};
