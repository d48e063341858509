//! Every error code that can occur is produced here, over HTTP, by the real binary: the table of codes is held against
//! what comes back. A family's requests are in a file of its own.

mod access;
mod actions;
mod bench;
mod case;
mod catalog;
mod connector;
mod connector_flows;
mod filters;
mod flow;
mod gateway;
mod governance;
mod iceberg;
mod registry;
mod runs;
mod sandboxes;
mod shape;
mod trouble;
mod uploads;

use std::collections::BTreeSet;

use lakehead_model::codes::{self, Occurs};

use bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn every_code_that_can_occur_is_produced() {
    let mut bench = Bench::start().await;
    let groups = [
        gateway::cases,
        access::cases,
        flow::cases,
        actions::cases,
        connector::cases,
        connector_flows::cases,
        filters::cases,
        registry::cases,
        catalog::cases,
        governance::cases,
        iceberg::cases,
    ];
    for group in groups {
        bench.produce(group(&bench)).await;
    }
    governance::produce(&mut bench).await;
    sandboxes::produce(&mut bench).await;
    runs::produce(&mut bench).await;
    uploads::produce(&mut bench).await;
    // Last: it breaks the installation.
    trouble::produce(&mut bench).await;

    let expected: BTreeSet<&str> =
        codes::all().filter(|code| !matches!(code.occurs, Occurs::Never(_))).map(|code| code.code).collect();
    let missing: Vec<_> = expected.difference(bench.produced()).collect();
    assert!(missing.is_empty(), "no test produces {missing:?}");
    let surprising: Vec<_> = bench.produced().difference(&expected).collect();
    assert!(surprising.is_empty(), "the table says that {surprising:?} cannot occur");
}
