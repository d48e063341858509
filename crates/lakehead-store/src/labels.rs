//! Data usage labels of flows, as the index of values has them. A run outlives its flow, and so do the labels: they are
//! kept under a kind of their own when the flow goes.

use lakehead_model::Scope;
use lakehead_model::query::{Leaf, encode};

use crate::db::{Arg, Sql, to_json};
use crate::documents::DocumentKind;
use crate::error::Result;
use crate::fields::Owner;
use crate::store::Tx;

/// The member of a flow that has them.
const MEMBER: &str = "labels";
/// The kind under which those of flows that are gone stand.
const GONE: &str = "goneFlow";
/// Where labels stand: kind and path.
pub(crate) const PLACES: [(&str, &str); 2] = [(DocumentKind::Flow.as_str(), MEMBER), (GONE, MEMBER)];

const OF_FLOW: Sql = Sql::same(
    "SELECT f.value FROM field f JOIN field_place p ON p.place = f.place
     WHERE f.id = $4 AND p.org = $1 AND p.sandbox_id = $2 AND p.kind = $3 AND p.path = 'labels'",
);
const LACKED: Sql = Sql::each(
    "SELECT 1 FROM field f JOIN field_place p ON p.place = f.place
     WHERE f.id = $3 AND p.org = $1 AND p.sandbox_id = $2 AND p.kind IN ('flow', 'goneFlow') AND p.path = 'labels'
       AND f.value NOT IN (SELECT value FROM json_each($4)) LIMIT 1",
    "SELECT 1 FROM field f JOIN field_place p ON p.place = f.place
     WHERE f.id = $3 AND p.org = $1 AND p.sandbox_id = $2 AND p.kind IN ('flow', 'goneFlow') AND p.path = 'labels'
       AND f.value <> ALL (ARRAY(SELECT jsonb_array_elements_text($4::jsonb))) LIMIT 1",
);

/// The values under which these labels stand.
pub(crate) fn encoded<'a>(labels: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    labels.into_iter().flat_map(|label| encode::equal_to(label, encode::Rule::of(MEMBER))).collect()
}

impl Tx {
    /// Whether a flow, which may be gone, has a label that is not among `held`.
    pub async fn lacks_label<'a>(
        &mut self,
        scope: &Scope,
        flow_id: &str,
        held: impl IntoIterator<Item = &'a String>,
    ) -> Result<bool> {
        let held = to_json(&encoded(held), "label")?;
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(flow_id), Arg::Text(&held)];
        self.conn.exists(&LACKED, &args).await
    }

    /// Keeps the labels of a flow that is about to go.
    pub(crate) async fn keep_labels(&mut self, flow: &Owner<'_>) -> Result<()> {
        let args = [Arg::Text(flow.org), Arg::Text(flow.sandbox_id), Arg::Text(flow.kind), Arg::Text(flow.id)];
        let rows = self.conn.rows(&OF_FLOW, &args).await?;
        let labels = rows.iter().map(|row| Ok((MEMBER.to_owned(), row.text(0)?))).collect::<Result<Vec<Leaf>>>()?;
        self.insert_fields(&Owner { kind: GONE, ..*flow }, &labels.iter().collect::<Vec<_>>()).await
    }
}
