//! Statements that depend on the question: their text is put together from parts of this program and placeholders.
//! A value never gets into the text.

use crate::db::{Arg, Conn, Row, to_json};
use crate::error::Result;

/// What a statement binds, while its text is put together.
pub(crate) struct Composer {
    postgres: bool,
    args: Vec<Value>,
}

enum Value {
    Text(String),
    Int(i64),
}

impl Composer {
    /// For the database behind `conn`.
    pub(crate) fn new(conn: &Conn) -> Self {
        Self { postgres: matches!(conn, Conn::Postgres(_)), args: Vec::new() }
    }

    /// The placeholder of a text.
    pub(crate) fn text(&mut self, text: &str) -> String {
        self.push(Value::Text(text.to_owned()))
    }

    /// The placeholder of a number.
    pub(crate) fn int(&mut self, number: i64) -> String {
        self.push(Value::Int(number))
    }

    /// What to end the subquery of a condition with that is to be tried on one row after the other, in their order.
    /// PostgreSQL would rather join all rows than walk an index up to the end of a page.
    pub(crate) const fn for_each_row(&self) -> &'static str {
        if self.postgres { " OFFSET 0" } else { "" }
    }

    /// Whether a text is somewhere in a column; no character of it has a meaning of its own.
    pub(crate) fn within(&mut self, column: &str, part: &str) -> String {
        let place_of = if self.postgres { "strpos" } else { "instr" };
        format!("{place_of}({column}, {}) > 0", self.text(part))
    }

    /// The right side of a comparison that holds for each of `texts`, also if there are thousands.
    pub(crate) fn among(&mut self, texts: &[String]) -> Result<String> {
        if let [text] = texts {
            return Ok(format!("= {}", self.text(text)));
        }
        let list = self.text(&to_json(texts, "filter")?);
        Ok(if self.postgres {
            format!("= ANY (ARRAY(SELECT jsonb_array_elements_text({list}::jsonb)))")
        } else {
            format!("IN (SELECT value FROM json_each({list}))")
        })
    }

    /// The rows that the statement answers.
    pub(crate) async fn rows(&self, conn: &mut Conn, text: String) -> Result<Vec<Row>> {
        conn.composed(text, &self.args()).await
    }

    /// What the placeholders stand for, in their order.
    pub(crate) fn args(&self) -> Vec<Arg<'_>> {
        let values = self.args.iter();
        values
            .map(|value| match value {
                Value::Text(text) => Arg::Text(text),
                Value::Int(number) => Arg::Int(*number),
            })
            .collect()
    }

    fn push(&mut self, value: Value) -> String {
        self.args.push(value);
        format!("${}", self.args.len())
    }
}
