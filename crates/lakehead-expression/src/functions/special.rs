//! Identifiers.

use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::DataType;
use sha2::{Digest, Sha256};
use uuid::Builder;

use crate::column::Kind;
use crate::function::{Call, Category, Fault, Function, Kernel, Param};

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[
    UUID,
    UUID.alias("guid", ("guid()", "")),
    Function::new(
        "fpid_to_ecid",
        Category::Special,
        "The ECID of a first-party device id. Its rule is not public: the result is null, and the rows are counted.",
        &[Param::new("fpid", Kind::Text, "The device id.")],
        Kind::Text,
        ("fpid_to_ecid(null)", "null"),
        Kernel::Eager(ecid),
    ),
];

const UUID: Function = Function::new(
    "uuid",
    Category::Special,
    "A universally unique identifier. The same row of the same batch gets the same one when it is read again.",
    &[],
    Kind::Text,
    ("uuid()", ""),
    Kernel::Source(uuid),
);

fn uuid(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let source = call.source();
    let mut seeded = Sha256::new();
    seeded.update(source.seed.as_bytes());
    seeded.update(call.position().to_le_bytes());
    call.write_texts(|_, row, out| {
        let digest = seeded.clone().chain_update((source.number)(row).to_le_bytes()).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        let id = Builder::from_random_bytes(bytes).into_uuid();
        out.push_str(id.hyphenated().encode_lower(&mut [0; 36]));
        true
    })
}

fn ecid(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let texts = call.text(0)?;
    for row in 0..call.rows() {
        if texts.get(row).is_some() {
            call.fail(row, "how a device id becomes an ECID is not public");
        }
    }
    Ok(new_null_array(&DataType::Null, call.rows()))
}

#[cfg(test)]
mod tests {
    use crate::compile::Expression;
    use crate::testing::{evaluate, over_rows};

    #[test]
    fn each_row_and_each_call_has_its_own_identifier_and_keeps_it() {
        let expression = Expression::compile("[uuid(), guid()]").unwrap();
        let first = over_rows(&expression, &["{}", "{}"]);
        assert_eq!(first[0].value, over_rows(&expression, &["{}", "{}"])[0].value);
        assert_ne!(first[0].value, first[1].value);
        assert_ne!(first[0].value[0], first[0].value[1]);
        assert_eq!(first[0].value[0].as_str().unwrap().as_bytes()[14], b'4');
        assert!(
            evaluate("fpid_to_ecid('4ed70bee-b654-420a-a3fd-b58b6b65e991')", "{}").failures[0].contains("not public")
        );
    }
}
