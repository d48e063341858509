//! Tables that get new columns.

use super::commits::{intents, pointer, table};
use super::{Bench, on_each};
use crate::{GrowOutcome, TableSwap};

#[tokio::test]
async fn a_table_grows_while_the_claim_holds_and_from_its_base_only() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        intents(&bench, &run, &["m1".to_owned()]).await;
        let swap = |base_metadata| TableSwap { table_id: "t", base_metadata, new_metadata: "m1" };
        let grow =
            async |epoch, owner, base| bench.store.grow_table(&run.run_id, epoch, owner, swap(base)).await.unwrap();
        assert_eq!(grow(run.epoch - 1, "w", "m0").await, GrowOutcome::Fenced);
        assert_eq!(grow(run.epoch, "other", "m0").await, GrowOutcome::Fenced);
        assert_eq!(grow(run.epoch, "w", "older").await, GrowOutcome::PointerMoved);
        assert_eq!(pointer(&bench).await, "m0");
        assert_eq!(grow(run.epoch, "w", "m0").await, GrowOutcome::Grown);
        assert_eq!(pointer(&bench).await, "m1");
        let left = bench.store.read().await.unwrap().collectable_intents(-60_000, 10).await.unwrap();
        assert!(left.is_empty(), "the new version is nobody's leftover: {left:?}");
    })
    .await;
}
