//! Schedules: due by database time, advanced by one scheduler.

use super::{Bench, foreign_scopes, on_each, scope};
use crate::Schedule;

fn schedule(flow_id: &str, next_due_ms: Option<i64>) -> Schedule {
    Schedule {
        scope: scope(),
        flow_id: flow_id.into(),
        start_s: 100,
        interval_s: 60,
        next_slot: 0,
        next_due_ms,
        enabled: true,
    }
}

#[tokio::test]
async fn a_schedule_is_due_when_the_database_says_so_and_advances_once() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        let now_ms = tx.now_ms().await.unwrap();
        tx.put_schedule(&schedule("due", Some(now_ms))).await.unwrap();
        tx.put_schedule(&schedule("earlier", Some(now_ms - 5))).await.unwrap();
        tx.put_schedule(&schedule("later", Some(now_ms + 3_600_000))).await.unwrap();
        tx.put_schedule(&schedule("over", None)).await.unwrap();
        let due = tx.due_schedules(10).await.unwrap();
        assert_eq!(due, [schedule("earlier", Some(now_ms - 5)), schedule("due", Some(now_ms))]);
        assert_eq!(tx.due_schedules(1).await.unwrap().len(), 1);
        assert!(tx.advance_schedule("due", 0, 1, Some(now_ms + 60_000)).await.unwrap());
        assert!(!tx.advance_schedule("due", 0, 1, Some(now_ms + 60_000)).await.unwrap(), "slot 0 is past");
        assert!(tx.advance_schedule("earlier", 0, 1, None).await.unwrap());
        assert!(tx.due_schedules(10).await.unwrap().is_empty());
        assert_eq!(tx.schedule(&scope(), "due").await.unwrap().unwrap().next_slot, 1);
    })
    .await;
}

#[tokio::test]
async fn a_disabled_or_deleted_schedule_makes_no_runs() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        tx.put_schedule(&schedule("f", Some(0))).await.unwrap();
        for foreign in foreign_scopes() {
            assert!(!tx.set_schedule_enabled(&foreign, "f", false).await.unwrap());
            assert!(!tx.delete_schedule(&foreign, "f").await.unwrap());
            assert_eq!(tx.schedule(&foreign, "f").await.unwrap(), None);
        }
        assert!(tx.set_schedule_enabled(&scope(), "f", false).await.unwrap());
        assert!(tx.due_schedules(10).await.unwrap().is_empty());
        assert!(!tx.advance_schedule("f", 0, 1, None).await.unwrap());
        assert!(tx.set_schedule_enabled(&scope(), "f", true).await.unwrap());
        assert_eq!(tx.due_schedules(10).await.unwrap().len(), 1);
        assert!(tx.delete_schedule(&scope(), "f").await.unwrap());
        assert!(tx.due_schedules(10).await.unwrap().is_empty());
    })
    .await;
}
