//! Maintenance of tables: runs that belong to a table, in place of a flow. One at a time for each table, as with flows.

/// Who a run belongs to that maintains a table, in place of the id of a flow.
pub const TABLE_OWNER: &str = "table:";

/// What stands in place of the id of a flow in runs that maintain the table of a dataset.
pub fn table_owner(dataset_id: &str) -> String {
    format!("{TABLE_OWNER}{dataset_id}")
}

/// The dataset whose table a run with this owner maintains; `None` for runs that bring rows.
pub fn of_table_owner(flow_id: &str) -> Option<&str> {
    flow_id.strip_prefix(TABLE_OWNER)
}
