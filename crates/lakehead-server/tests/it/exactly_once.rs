//! The server is killed, as a power cut does, at every fail point and at random moments, on both databases. After each
//! restart every run ends, and an independent reader finds every record of the source exactly once.
#![expect(clippy::print_stderr, reason = "the seed of a random test is printed, so that it can be run again")]

use std::time::{Duration, Instant};

use rand::{Rng as _, SeedableRng as _};

use crate::harness::customers;
use crate::harness::environment::Database;
use crate::harness::read_back::{self, assert_exactly};
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Pipeline};

/// Kills in one random test.
const RANDOM_KILLS: u64 = 50;
/// Rounds after which the table is read back; a record that is lost or there twice stays so.
const READ_EVERY: u64 = 10;

#[cfg(feature = "failpoints")]
mod at_fail_points;
#[cfg(feature = "failpoints")]
mod plans;

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_on_sqlite() {
    killed_at_random_moments(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_on_postgres() {
    killed_at_random_moments(Database::Postgres).await;
}

/// A server, a folder of delimited files, and everything that a flow needs.
struct Bench {
    lakehead: Lakehead,
    s3: S3,
    pipeline: Pipeline,
    /// Customers in the folder are numbered from 0 up to this.
    count: u64,
}

impl Bench {
    /// Nothing, after saying so, where the database or the reader is not provided.
    async fn start(database: Database) -> Option<Self> {
        if !database.is_provided() || !read_back::is_provided() {
            return None;
        }
        let lakehead = Lakehead::start(Options { database, ..Options::default() }).await;
        let s3 = S3::in_process().await;
        let pipeline = tutorial::prepare_customers(&lakehead.api().await, &s3).await;
        Some(Self { lakehead, s3, pipeline, count: 0 })
    }

    /// Puts files of `rows` new customers each into the folder.
    async fn add_files(&mut self, files: u64, rows: u64) {
        for _ in 0..files {
            let numbers = self.count..self.count + rows;
            self.count = numbers.end;
            self.s3.put(&format!("customers/{:08}.csv", numbers.start), customers::csv(numbers)).await;
        }
    }

    /// Every record that was put into the folder is in the table once.
    async fn expect_exactly_once(&self, context: &str) {
        let table = read_back::table(&self.lakehead.api().await, &self.pipeline.dataset).await;
        assert_exactly(&table, &customers::ids(0..self.count), context);
    }
}

async fn killed_at_random_moments(database: Database) {
    let Some(mut bench) = Bench::start(database).await else { return };
    let seed = std::env::var("TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random::<u64>);
    eprintln!("{database:?}: TEST_SEED={seed}");
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    let api = bench.lakehead.api().await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&bench.pipeline, tutorial::NEVER_S)).await;

    // One run in peace says how long the moments may be.
    bench.add_files(3, 200).await;
    let started = Instant::now();
    tutorial::start_run(&api, &flow).await;
    tutorial::finished_runs(&api, &flow, 1).await;
    let longest = started.elapsed().mul_f64(1.2);

    let mut in_the_middle = 0;
    for round in 1..=RANDOM_KILLS {
        let context = format!("{database:?}, TEST_SEED={seed}, kill {round}");
        bench.add_files(3, 200).await;
        let api = bench.lakehead.api().await;
        tutorial::start_run(&api, &flow).await;
        // The moment of the kill is what this test varies.
        tokio::time::sleep(Duration::from_secs_f64(random.random_range(0.0..=longest.as_secs_f64()))).await;
        let open = tutorial::runs(&api, &flow).await.iter().any(|run| tutorial::status(run) != "success");
        in_the_middle += usize::from(open);
        bench.lakehead.restart(None).await;
        let runs = tutorial::finished_runs(&bench.lakehead.api().await, &flow, 1).await;
        let failed = runs.iter().find(|run| tutorial::status(run) != "success");
        assert!(failed.is_none(), "{context}: {failed:?}\n{}", bench.lakehead.log());
        if round % READ_EVERY == 0 {
            bench.expect_exactly_once(&context).await;
        }
    }
    eprintln!("{database:?}: {RANDOM_KILLS} kills, {in_the_middle} of them in the middle of a run");
    assert!(in_the_middle > 0, "no kill met a run: the moments are chosen wrongly");
}
