//! What stores do to those who trust them: late objects, equal times, pages that overlap or are empty, objects that are
//! replaced or deleted between listing and reading, answers that ask to slow down, keys that look like something else.

use std::collections::BTreeSet;

use super::{Bench, total_files};
use crate::harness::customers;
use crate::harness::server::Options;
use crate::harness::shelf::Moods;
use crate::harness::tutorial;

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_shows_late_with_an_older_time_is_read() {
    let Some(bench) = Bench::start(Options::default()).await else { return };
    bench.shelf.put("in/b.csv", customers::csv(1..2), 50_000);
    bench.run().await;
    // Older than everything that was read, before it in the order of keys, and in the same second as another.
    bench.shelf.put("in/a.csv", customers::csv(2..3), 10_000);
    bench.shelf.put("in/c.csv", customers::csv(3..4), 50_000);
    bench.shelf.put("in/first.csv.2", customers::csv(4..5), 1_000);
    assert_eq!(total_files(&bench.run().await), 3);
    bench.expect(0..5, "objects that came late").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overwritten_object_is_read_again_as_it_is_now() {
    let Some(bench) = Bench::start(Options::default()).await else { return };
    bench.run().await;
    // Within the same second and of the same size: the entity tag tells.
    bench.shelf.put("in/first.csv", customers::csv(1..2), 1_000);
    assert_eq!(total_files(&bench.run().await), 1);
    assert_eq!(total_files(&bench.run().await), 0);
    bench.expect(0..2, "an overwritten object").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_deleted_before_it_is_read_is_named_and_the_others_land() {
    let Some(bench) = Bench::start(Options::default()).await else { return };
    for number in 1..5 {
        bench.shelf.put(&format!("in/{number}.csv"), customers::csv(number..number + 1), 1_000);
    }
    bench.shelf.put("in/gone.csv", customers::csv(9..10), 1_000);
    bench.shelf.set(Moods { deleted_when_read: BTreeSet::from(["in/gone.csv".to_owned()]), ..Moods::default() });
    let run = bench.run().await.swap_remove(0);
    let said = run["metrics"]["statusSummary"]["errors"].to_string();
    assert!(said.contains("in/gone.csv") && said.contains("deleted"), "{run}");
    assert_eq!(super::input_files(&run), 5);
    bench.expect(0..5, "one deleted object").await;
    // It comes back: it was never ingested.
    bench.shelf.put("in/gone.csv", customers::csv(5..6), 1_000);
    assert_eq!(total_files(&bench.run().await), 1);
    bench.expect(0..6, "an object that came back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_overlap_or_are_empty_lose_and_double_nothing() {
    let Some(bench) = Bench::start(Options::default()).await else { return };
    for (from, moods) in [
        (1, Moods { overlapping: true, page: Some(7), ..Moods::default() }),
        (41, Moods { empty_pages: true, page: Some(7), ..Moods::default() }),
        (81, Moods { slow_down: 3, page: Some(7), ..Moods::default() }),
    ] {
        for number in from..from + 40 {
            let folder = if number % 2 == 0 { "x/" } else { "" };
            bench.shelf.put(&format!("in/{folder}{number:03}.csv"), customers::csv(number..number + 1), 1_000);
        }
        bench.shelf.set(moods);
        let expected = if from == 1 { 41 } else { 40 };
        assert_eq!(total_files(&bench.run().await), expected, "from {from}");
        bench.expect(0..from + 40, "odd pages").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_with_any_readable_character_are_found_and_read() {
    let Some(bench) = Bench::start(Options::default()).await else { return };
    let names =
        ["a+b", "100%25", "ü\u{1f600}", "q?&=#", "..a", "b..", "x y", "'\"", "~", "[1](2)", "a*b", "%2F", "comma,"];
    for (n, name) in names.iter().enumerate() {
        let number = n as u64 + 1;
        bench.shelf.put(&format!("in/{name}.csv"), customers::csv(number..number + 1), 1_000);
    }
    assert_eq!(total_files(&bench.run().await), names.len() as u64 + 1);
    bench.expect(0..names.len() as u64 + 1, "odd keys").await;
    // One that cannot be read is named; it does not vanish, and nothing is planned without it.
    bench.shelf.put("in/a\nb.csv", customers::csv(90..91), 1_000);
    let before = tutorial::runs(&bench.api, &bench.flow).await.len();
    tutorial::start_run(&bench.api, &bench.flow).await;
    let run = tutorial::finished_runs(&bench.api, &bench.flow, before + 1).await.swap_remove(0);
    assert_eq!(tutorial::status(&run), "failed");
    assert!(run["metrics"]["statusSummary"].to_string().contains("cannot be read"), "{run}");
}
