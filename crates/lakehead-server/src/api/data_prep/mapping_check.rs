//! A mapping set against the schema it maps to.

use lakehead_engine::map::check;
use lakehead_engine::schemas;
use lakehead_model::mapping_set::MappingSet;
use lakehead_model::{Invalid, Scope};
use lakehead_store::Tx;

use crate::api::problem::{Answer, Problem};

/// Most problems named in one answer.
const MAX_NAMED: usize = 5;

/// Every destination must be a field of the target schema.
pub(in crate::api) async fn against_schema(tx: &mut Tx, scope: &Scope, set: &MappingSet) -> Answer<()> {
    let schema_id = &set.schema_ref.id;
    let Some(fields) = schemas::fields(tx, scope, schema_id).await? else {
        return Err(Problem::new(
            "MAPPER-1002-400",
            format!(
                "schema `{}` does not exist in this sandbox; create it first",
                crate::api::problem::shorten(schema_id)
            ),
        ));
    };
    let problems = set.check_destinations(&fields);
    if !problems.is_empty() {
        return Err(summary(&problems));
    }
    check::rules(&set.rules()?, &fields).map_err(|error| Problem::new("MAPPER-1001-400", error.to_string()))
}

fn summary(problems: &[Invalid]) -> Problem {
    let named: Vec<&str> = problems.iter().take(MAX_NAMED).map(|problem| problem.message.as_str()).collect();
    let rest = problems.len().saturating_sub(MAX_NAMED);
    let more = if rest > 0 { format!("; and {rest} more") } else { String::new() };
    Problem::new(problems[0].code, format!("{}{more}", named.join("; ")))
}
