//! Which columns of a source are wanted, and of what shape: what lets decoders skip the rest.

use lakehead_model::expression::{SourcePath, Step};

/// The wanted columns of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    /// Root attributes with the parts of them that are wanted, for nested formats.
    pub roots: Vec<Wanted>,
    /// Column names as mappings spell them; delimited files and flat columns are found by these.
    pub literals: Vec<String>,
    /// Every column, whatever the other members say: previews.
    pub all: bool,
}

/// A wanted attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Name within its parent.
    pub name: String,
    /// What is wanted of it.
    pub shape: Shape,
}

/// What the reader of an attribute expects it to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One value.
    Scalar,
    /// An object with these members.
    Object(Vec<Wanted>),
    /// A list.
    List(Box<Shape>),
    /// Text keys to values.
    Map(Box<Shape>),
    /// Whatever it is: its type is that of the values.
    Any,
}

/// An attribute that is wanted in two shapes that exclude each other.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the source attribute `{0}` is mapped both as a whole value and as something with members")]
pub struct ShapeError(pub String);

impl Projection {
    /// Adds an attribute.
    ///
    /// # Errors
    /// It is already wanted in another shape.
    pub fn add(&mut self, path: &SourcePath, shape: Shape) -> Result<(), ShapeError> {
        if !self.literals.contains(&path.literal) {
            self.literals.push(path.literal.clone());
        }
        let Some((Step::Name(first), rest)) = path.steps.split_first() else { return Ok(()) };
        let around = |shape, step: &Step| match step {
            Step::Name(name) => Shape::Object(vec![Wanted { name: name.clone(), shape }]),
            Step::Index(_) | Step::Each => Shape::List(Box::new(shape)),
        };
        let shape = rest.iter().rev().fold(shape, around);
        merge(&mut self.roots, Wanted { name: first.clone(), shape }, &path.literal)
    }
}

impl Shape {
    /// Whether the type of something in it is known only when the data is.
    pub(super) fn has_any(&self) -> bool {
        match self {
            Self::Scalar => false,
            Self::Any => true,
            Self::Object(members) => members.iter().any(|member| member.shape.has_any()),
            Self::List(inner) | Self::Map(inner) => inner.has_any(),
        }
    }
}

fn merge(into: &mut Vec<Wanted>, wanted: Wanted, path: &str) -> Result<(), ShapeError> {
    if let Some(known) = into.iter_mut().find(|known| known.name == wanted.name) {
        return merge_shape(&mut known.shape, wanted.shape, path);
    }
    into.push(wanted);
    Ok(())
}

fn merge_shape(known: &mut Shape, new: Shape, path: &str) -> Result<(), ShapeError> {
    match (known, new) {
        (Shape::Object(known), Shape::Object(new)) => new.into_iter().try_for_each(|new| merge(known, new, path)),
        (Shape::List(known), Shape::List(new)) | (Shape::Map(known), Shape::Map(new)) => merge_shape(known, *new, path),
        // Whatever it is has all of its parts.
        (Shape::Any, _) | (Shape::Scalar, Shape::Scalar) => Ok(()),
        (Shape::Scalar, Shape::Object(_) | Shape::List(_) | Shape::Map(_))
        | (Shape::Object(_) | Shape::List(_) | Shape::Map(_), Shape::Scalar) => Err(ShapeError(path.to_owned())),
        (known, _) => {
            *known = Shape::Any;
            Ok(())
        }
    }
}
