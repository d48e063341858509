//! The user interface in a real browser: the tests of `tests/ui` against a server with data, and how files are served.

mod browser;
mod flawed;
mod many;
mod orders;
mod sealed;

use browser::Browser;

use crate::harness::client::{Api, http};
use crate::harness::customers;
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
    let Some(browser) = Browser::provided() else { return };
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
    let (alone, told) = many::start(&s3).await;

    let mut made = vec![
        ("UI_ISSUER", issuer.url.clone()),
        ("UI_CONNECTION", pipeline.connection.clone()),
        ("UI_DATASET", pipeline.dataset.clone()),
        ("UI_FLOW", flow),
        ("UI_RUN", run["id"].as_str().unwrap().to_owned()),
        ("UI_SPARE_SANDBOX", SPARE.to_owned()),
        ("UI_SPARE_DATASET", spare.dataset),
    ];
    made.extend(flawed);
    made.extend(told);
    made.extend(sealed);
    browser.run("pages", &browser::test_files(), &lakehead, &s3, made).await;
    assert!(!alone.log().contains("panicked"), "{}", alone.log());
    browser.check_every_page("pages");
}

/// From nothing to rows that can be read, and from a file that went wrong to all of its rows, by keyboard.
#[tokio::test(flavor = "multi_thread")]
async fn the_whole_way_is_gone_with_the_keyboard_alone() {
    let Some(browser) = Browser::provided() else { return };
    let lakehead = Lakehead::start(Options::default()).await;
    let s3 = S3::in_process().await;
    s3.put("shop/orders/2026-01.csv", orders::csv(1..41)).await;
    s3.put("shop/orders/2026-02.csv", orders::csv(41..81)).await;
    s3.put("shop/readme.txt", "Orders come once a month.\n").await;
    let late = ("UI_LATE_FILE", s3.upload_url("shop/orders/2026-03.csv").await);
    let flawed = ("UI_LATE_ROWS", orders::with_decimal_commas(81..141));
    browser.run("journey", &[browser::journey()], &lakehead, &s3, vec![late, flawed]).await;
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
