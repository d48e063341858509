//! The user interface in a real browser: the tests of `tests/ui` against a server with data, and how files are served.

mod flawed;
mod sealed;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::harness::client::{Api, http};
use crate::harness::customers;
use crate::harness::environment::provided;
use crate::harness::issuer::{Issuer, Key};
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Pipeline, Source};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// What people look for in the browser of files: folders, names that almost match, other dialects, and markup where names and
/// values are.
const FILES: [(&str, &str); 9] = [
    (
        "people/2026-01.csv",
        "id,first_name,email\n1,Ada,ada@example.com\n2,<img src=x onerror=alert(1)>,b@example.com\n",
    ),
    ("people/2026-02.csv", "id,first_name,email\n3,Grace,grace@example.com\n"),
    ("people/2026-03.CSV", "id,first_name,email\n4,Barbara,barbara@example.com\n"),
    ("people/2026-04.csv.bak", "id,first_name,email\n5,Edsger,edsger@example.com\n"),
    ("people/readme.txt", "nothing\n"),
    ("people/older/2025-12.csv", "id,first_name,email\n6,Alan,alan@example.com\n"),
    ("dialects/semicolon.txt", "id;name;note\n1;'Ada; Countess';NULL\n2;Grace;none\n"),
    ("dialects/broken.json", "{\"id\": 1}\n{\"id\": \n"),
    ("naughty/<img src=x onerror=alert(1)>.csv", "<script>alert(1)</script>,b\n\"<svg onload=alert(1)>\",{{b}}\n"),
];

/// Files in the folder `many/`.
const MANY: u32 = 230;

#[tokio::test(flavor = "multi_thread")]
async fn the_interface_works_in_a_browser() {
    let Some(chromium) = provided("TEST_CHROMIUM") else { return };
    let Some(modules) = provided("TEST_NODE_MODULES") else { return };
    let issuer = Issuer::start(vec![Key::elliptic("ec-1")]).await;
    let org = "4F3BB22C5631222A7F000101@AdobeOrg";
    let config = format!("{}ui_client_id = \"web-app\"\n", issuer.config(org));
    let lakehead = Lakehead::start(Options { config, ..Options::default() }).await;
    // The organisation of the configuration is made by a client of its own.
    lakehead.new_client(Some(org)).await;
    lakehead
        .cli(&["user", "create", "--org", org, "--issuer", &issuer.url, "--subject", "ada", "--role", "viewer"])
        .await;
    let s3 = S3::in_process().await;
    let api = lakehead.api().await;
    s3.put("customers/a.csv", customers::csv(0..10)).await;
    for (key, content) in FILES {
        s3.put(key, content).await;
    }
    // More than one page of the browser of files.
    for number in 0..MANY {
        s3.put(&format!("many/{number:03}.csv"), "id\n1\n").await;
    }
    let path = s3.path("customers/");
    let pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
    let run = tutorial::finished_runs(&api, &flow, 1).await.swap_remove(0);
    let flawed = flawed::make(&api, &s3, &pipeline).await;
    let spare = spare(&api, &s3).await;
    let sealed = sealed::make(&api, &s3).await;
    long(&s3).await;

    let mut command = tokio::process::Command::new("node");
    command.arg("--test").args(test_files()).stdin(Stdio::null());
    command.env("TEST_CHROMIUM", chromium).env("TEST_NODE_MODULES", modules);
    command.env("UI_BASE", lakehead.base()).env("UI_ISSUER", &issuer.url);
    command.env("UI_CLIENT_ID", &lakehead.credentials().client_id);
    command.env("UI_CLIENT_SECRET", &lakehead.credentials().client_secret);
    command.env("UI_S3_ENDPOINT", &s3.endpoint).env("UI_S3_BUCKET", &s3.bucket);
    command.env("UI_S3_ACCESS_KEY", &s3.access_key).env("UI_S3_SECRET_KEY", &s3.secret_key);
    command.env("UI_CONNECTION", &pipeline.connection).env("UI_DATASET", &pipeline.dataset);
    command.env("UI_FLOW", &flow).env("UI_RUN", run["id"].as_str().unwrap());
    command.envs(flawed).envs(sealed);
    command.env("UI_SPARE_SANDBOX", SPARE).env("UI_SPARE_DATASET", &spare.dataset);
    let output = command.output().await.expect("node can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(!lakehead.log().contains("panicked"), "{}", lakehead.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_files_of_one_folder_under_a_strict_policy() {
    let lakehead = Lakehead::start(Options::default()).await;
    let (http, base) = (http(), lakehead.base());
    for path in ["/ui", "/ui/", "/ui/flows/any", "/ui/schemas/_acme.schemas.a1b2"] {
        let page = http.get(format!("{base}{path}")).send().await.unwrap();
        assert_eq!(
            (page.status().as_u16(), &page.headers()["content-type"]),
            (200, &"text/html; charset=utf-8".parse().unwrap())
        );
        assert_eq!(page.headers()["content-security-policy"], POLICY, "{path}");
        assert_eq!(page.headers()["x-content-type-options"], "nosniff", "{path}");
    }
    for path in ["/ui/files/now/nothing.js", "/ui/files/now/..%2f..%2fCargo.toml", "/ui/app.js"] {
        assert_eq!(http.get(format!("{base}{path}")).send().await.unwrap().status(), 404, "{path}");
    }
    let script = format!("{base}/ui/files/now/app.js");
    let plain = http.get(&script).send().await.unwrap();
    assert_eq!(plain.headers()["content-type"], "text/javascript; charset=utf-8");
    let etag = plain.headers()["etag"].clone();
    let again = http.get(&script).header("if-none-match", etag).send().await.unwrap();
    assert_eq!((again.status().as_u16(), again.bytes().await.unwrap().len()), (304, 0));
    let packed = http.get(&script).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let settings: serde_json::Value =
        http.get(format!("{base}/ui/settings.json")).send().await.unwrap().json().await.unwrap();
    assert_eq!(settings["issuers"], serde_json::json!([]));

    let program = http.get(base).send().await.unwrap();
    assert_eq!(program.status(), 404, "programs find nothing at `/`, as ever");
    let person = http.get(base).header("accept", "text/html,*/*;q=0.8").send().await.unwrap();
    assert!(person.status() == 200 && person.url().path() == "/ui/", "{}", person.url());
    let api = lakehead.api().await.get("/data/foundation/flowservice/flows").await;
    assert!(!api.headers.contains_key("content-security-policy"), "answers of the API are as they were");
}

/// Files whose rows are counted or estimated: one that is long, however it is stored.
const LONG_ROWS: u64 = 130_000;

async fn long(s3: &S3) {
    let csv = customers::csv(0..LONG_ROWS);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, csv.as_bytes()).unwrap();
    s3.put("plan/packed/long.csv.gz", packed.finish().unwrap()).await;
    s3.put("plan/plain/long.csv", csv).await;
    s3.put("plan/columns/rows.parquet", customers::parquet_xdm(0..500)).await;
}

/// A sandbox whose data a test may take apart.
const SPARE: &str = "spare";

/// A dataset there, of two files: names of people are markup in one, which has such a name itself.
async fn spare(api: &Api, s3: &S3) -> Pipeline {
    let api = api.new_sandbox(SPARE).await;
    s3.put("spare/plain.csv", customers::csv(0..10)).await;
    let header = "id,first_name,last_name,birth_date,email\n";
    let row = "\"\"\"><svg/onload=alert(3)>\",<script>alert(1)</script>,<img src=x onerror=alert(2)>,1970-01-01,n@example.com\n";
    s3.put("spare/<img src=x onerror=alert(4)>.csv", format!("{header}{row}")).await;
    let path = s3.path("spare/");
    let pipeline = tutorial::prepare(&api, s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let mut body = tutorial::flow_body(&pipeline, tutorial::now_s());
    body["name"] = "<b>spare</b> flow".into();
    let flow = tutorial::flow(&api, &body).await;
    let run = tutorial::finished_runs(&api, &flow, 1).await.swap_remove(0);
    assert_eq!(tutorial::status(&run), "success", "{run}");
    pipeline
}

/// The tests of the browser, one file for each part of the interface.
fn test_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().ends_with(".test.mjs")).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}
