//! What maintenance of tables is allowed to do, and when it has something to do.

/// How tables are maintained.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Whether it happens by itself.
    pub enabled: bool,
    /// Time between two looks at one table, milliseconds.
    pub interval_ms: i64,
    /// Snapshots that are older expire, milliseconds.
    pub snapshot_age_ms: i64,
    /// Newest snapshots that stay, whatever their age.
    pub snapshots_kept: usize,
    /// Former metadata files that stay.
    pub metadata_kept: usize,
    /// Readers of what is not part of the table any more may go on for so long, milliseconds.
    pub reader_grace_ms: i64,
    /// Small data files that a table may have.
    pub small_files: usize,
    /// Size of the files that small ones are put into, bytes; a file below a quarter of it is small.
    pub target_file_bytes: u64,
    /// Bytes of small files that one job puts together.
    pub rewrite_bytes: u64,
    /// Small manifests that a table may have.
    pub small_manifests: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            enabled: true,
            interval_ms: 3_600_000,
            snapshot_age_ms: 7 * 24 * 3_600_000,
            snapshots_kept: 10,
            metadata_kept: 100,
            reader_grace_ms: 3_600_000,
            small_files: 8,
            target_file_bytes: 128 << 20,
            rewrite_bytes: 1 << 30,
            small_manifests: 100,
        }
    }
}
