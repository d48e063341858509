//! Roles, clients and users through the API and on the command line: what each may do, and what nobody may.

use serde_json::{Value, json};

use super::ACCESS;
use crate::harness::client::{Api, CATALOG, FLOW_SERVICE};
use crate::harness::environment::Database;
use crate::harness::server::{Lakehead, Options};

async fn both(test: impl AsyncFn(Lakehead)) {
    for database in [Database::Sqlite, Database::Postgres] {
        if database.is_provided() {
            test(Lakehead::start(Options { database, ..Options::default() }).await).await;
        }
    }
}

fn me(api: &Api) -> String {
    api.headers().iter().find(|(name, _)| name == "x-api-key").unwrap().1.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_made_given_changed_and_removed() {
    both(async |lakehead: Lakehead| {
        let api = lakehead.api().await;
        let roles = format!("{ACCESS}/administration/roles");
        let body = json!({"name": "Loaders", "description": "load", "roleType": "user-defined",
            "permissionSets": ["manage-sources"], "sandboxes": ["prod"], "subjectAttributes": {"labels": ["core/C12"]}});
        let role = api.post(&roles, &body).await.expect(201);
        for (name, value) in body.as_object().unwrap() {
            assert_eq!(&role[name], value);
        }
        let one = format!("{roles}/{}", role["id"].as_str().unwrap());
        assert_eq!(api.get(&one).await.expect(200), role);
        let made = json!({"name": "loader", "roles": ["Loaders"]});
        let made = api.post(&format!("{ACCESS}/administration/clients"), &made).await.expect(201);
        let credentials = serde_json::from_value(json!({"client_id": made["clientId"],
            "client_secret": made["clientSecret"], "org_id": made["imsOrgId"]}));
        let loader = lakehead.api_as(&credentials.unwrap()).await;
        loader.get(&format!("{FLOW_SERVICE}/connections")).await.expect(200);
        loader.get(&format!("{CATALOG}/dataSets")).await.expect_refusal(403, "FLOW-2118-403", &["view-datasets", "prod"]);
        loader.get(&roles).await.expect_refusal(403, "FLOW-2120-403", &["administer"]);
        let rights = loader.post(&format!("{ACCESS}/acl/effective-policies"), &json!(["/resource-types/flows"])).await;
        assert_eq!(rights.expect(200), json!({"policies": {"/resource-types/flows": ["read", "write", "delete"]},
            "subjectAttributes": {"labels": ["core/C12"]}, "tokenType": "service"}));

        let operations = json!({"operations": [{"op": "replace", "path": "/permissionSets", "value": ["view-sources"]},
            {"op": "add", "path": "/permissionSets/-", "value": "manage-datasets"},
            {"op": "remove", "path": "/subjectAttributes/labels/0"}]});
        let changed = api.patch_without_if_match(&one, &operations).await.expect(200);
        assert_eq!(changed["permissionSets"], json!(["view-sources", "manage-datasets"]));
        assert_eq!((&changed["subjectAttributes"]["labels"], &changed["sandboxes"]), (&json!([]), &json!(["prod"])));
        loader.get(&format!("{CATALOG}/dataSets")).await.expect(200);
        let flow = loader.post(&format!("{FLOW_SERVICE}/flows"), &json!({})).await;
        flow.expect_refusal(403, "FLOW-2121-403", &["manage-sources", "prod"]);
        assert_eq!(api.delete(&one).await.status, 204);
        loader.get(&format!("{CATALOG}/dataSets")).await.expect_refusal(403, "FLOW-2118-403", &[]);
        api.get(&one).await.expect_refusal(404, "PLATFORM-1004-404", &[]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subjects_are_put_into_a_role_and_taken_out() {
    both(async |lakehead: Lakehead| {
        let api = lakehead.api().await;
        let subjects = format!("{ACCESS}/administration/roles/viewer/subjects");
        let id = lakehead.new_client(None).await.client_id;
        let change = |op: &str, value: Value| json!([{"op": op, "path": "/client", "value": value}]);
        let page = api.patch_without_if_match(&subjects, &change("add", json!([id]))).await.expect(200);
        let expected = json!([{"roleId": "viewer", "subjectType": "client", "subjectId": id}]);
        assert_eq!(page["subjects"], expected);
        assert_eq!(api.get(&subjects).await.expect(200)["items"], expected);
        let shown = api.get(&format!("{ACCESS}/administration/clients/{id}")).await.expect(200);
        assert_eq!(shown["roles"], json!(["administrator", "viewer"]));
        let page = api.patch_without_if_match(&subjects, &change("remove", json!(id))).await.expect(200);
        assert_eq!(page["subjects"], json!([]));
        let unknown = api.patch_without_if_match(&subjects, &change("add", json!("nobody"))).await;
        unknown.expect_refusal(404, "PLATFORM-1004-404", &["nobody"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays() {
    both(async |lakehead: Lakehead| {
        let api = lakehead.api().await;
        let id = me(&api);
        let (one, subjects) = (
            format!("{ACCESS}/administration/clients/{id}"),
            format!("{ACCESS}/administration/roles/administrator/subjects"),
        );
        let leave = json!({"op": "remove", "path": "/client", "value": id});
        for answer in [
            api.delete(&one).await,
            api.patch_without_if_match(&one, &json!({"disabled": true})).await,
            api.patch_without_if_match(&subjects, &leave).await,
        ] {
            answer.expect_refusal(409, "PLATFORM-1005-409", &["administrator"]);
        }
        for command in ["disable", "delete"] {
            let said = lakehead.try_cli(&["client", command, &id]).await.unwrap_err();
            assert!(said.contains("administrator"), "{said}");
        }
        api.get(&one).await.expect(200);
        lakehead.new_client(None).await;
        api.patch_without_if_match(&subjects, &leave).await.expect(200);
        api.get(&one).await.expect_refusal(403, "FLOW-2120-403", &[]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_rules_the_own_organisation_only() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let stranger = lakehead.api_as(&lakehead.new_client(Some("00000000000000000000FFFF@AdobeOrg")).await).await;
    let administration = format!("{ACCESS}/administration");
    let role = api.post(&format!("{administration}/roles"), &json!({"name": "mine"})).await.expect(201);
    let user = json!({"issuer": "https://id.example", "subject": "ada"});
    let user = api.post(&format!("{administration}/users"), &user).await.expect(201);
    let client = me(&api);
    for (kind, id) in
        [("roles", role["id"].as_str().unwrap()), ("users", user["id"].as_str().unwrap()), ("clients", &client)]
    {
        let foreign = format!("{administration}/{kind}/{id}");
        let same = |answer: &crate::harness::client::Answer| (answer.status, answer.code().to_owned());
        let missing = same(&stranger.get(&format!("{administration}/{kind}/unknown")).await);
        assert_eq!(missing, (404, "PLATFORM-1004-404".to_owned()));
        assert_eq!(same(&stranger.get(&foreign).await), missing);
        assert_eq!(same(&stranger.delete(&foreign).await), missing);
        assert_eq!(api.get(&foreign).await.status, 200);
    }
    let secret = format!("{administration}/clients/{client}/secret");
    assert_eq!(stranger.post(&secret, &json!({})).await.status, 404);
    let steal = json!({"op": "add", "path": "/client", "value": client});
    let roles = stranger.patch_without_if_match(&format!("{administration}/roles/viewer/subjects"), &steal).await;
    roles.expect_refusal(404, "PLATFORM-1004-404", &[&client]);
    let (list, count) = (stranger.get(&format!("{administration}/clients")).await.expect(200), json!(1));
    assert_eq!(list["_page"]["count"], count, "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_bodies_are_refused_by_name() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let post = async |path: &str, body: Value| api.post(&format!("{ACCESS}{path}"), &body).await;
    let long = "x".repeat(257);
    let cases = [
        ("/administration/roles", json!([]), "object"),
        ("/administration/roles", json!({}), "name"),
        ("/administration/roles", json!({"name": long}), "name"),
        ("/administration/roles", json!({"name": "a\u{0}b"}), "name"),
        ("/administration/roles", json!({"name": "r", "permissionSets": ["fly"]}), "fly"),
        ("/administration/roles", json!({"name": "r", "permissionSets": 7}), "permissionSets"),
        ("/administration/roles", json!({"name": "r", "sandboxes": ["nowhere"]}), "nowhere"),
        ("/administration/roles", json!({"name": "r", "roleType": "system-defined"}), "roleType"),
        ("/administration/roles", json!({"name": "r", "subjectAttributes": {"labels": ["C12"]}}), "C12"),
        (
            "/administration/roles",
            json!({"name": "r", "permissionSets": ["administer"], "sandboxes": ["prod"]}),
            "administer",
        ),
        ("/administration/clients", json!({"name": "c", "kind": "robot"}), "robot"),
        ("/administration/users", json!({"issuer": "i"}), "subject"),
        ("/administration/users", json!({"issuer": "i", "subject": "a\u{0}"}), "subject"),
        ("/acl/effective-policies", json!({}), "list"),
    ];
    for (path, body, word) in cases {
        post(path, body).await.expect_refusal(400, "FLOW-1100-400", &[word]);
    }
    post("/administration/roles", json!({"name": "Viewer"})).await.expect_refusal(
        409,
        "PLATFORM-1005-409",
        &["Viewer"],
    );
    post("/administration/clients", json!({"name": "c", "roles": ["no"]})).await.expect_refusal(
        400,
        "FLOW-1100-400",
        &["`no`"],
    );
    let user = json!({"issuer": "i", "subject": "s"});
    post("/administration/users", user.clone()).await.expect(201);
    post("/administration/users", user).await.expect_refusal(409, "PLATFORM-1005-409", &["registered"]);
    let built_in = api.delete(&format!("{ACCESS}/administration/roles/viewer")).await;
    built_in.expect_refusal(409, "PLATFORM-1005-409", &["built in"]);
    let path = format!("{ACCESS}/administration/roles/viewer?limit=x");
    api.get(&path).await.expect(200);
    let list = api.get(&format!("{ACCESS}/administration/roles?limit=x")).await;
    list.expect_refusal(400, "FLOW-1452-400", &["limit"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_administers_too() {
    let lakehead = Lakehead::start(Options::default()).await;
    let org = lakehead.cli(&["org", "create", "--org", "B0B0@AdobeOrg", "--tenant", "bobs"]).await;
    assert_eq!((&org["org_id"], &org["tenant_id"]), (&json!("B0B0@AdobeOrg"), &json!("bobs")));
    assert_eq!(lakehead.cli(&["org", "list"]).await.as_array().map(Vec::len), Some(2));
    let role = ["role", "create", "--name", "loaders", "--permission", "manage-sources", "--label", "core/C1"];
    assert_eq!(lakehead.cli(&role).await["sandboxes"], json!(["*"]));
    let update = ["role", "update", "loaders", "--sandbox", "prod", "--description", "they load"];
    let role = lakehead.cli(&update).await;
    assert_eq!((&role["sandboxes"], &role["permissions"]), (&json!(["prod"]), &json!(["manage-sources"])));

    let create = ["client", "create", "--name", "loader", "--kind", "user", "--role", "loaders", "--role", "viewer"];
    let loader = lakehead.new_client_with(&create).await;
    let shown = lakehead.cli(&["client", "show", &loader.client_id]).await;
    assert_eq!(shown["kind"], "user");
    assert_eq!(shown["roles"].as_array().map(Vec::len), Some(2), "{shown}");
    let api = lakehead.api_as(&loader).await;
    api.get(&format!("{CATALOG}/dataSets")).await.expect(200);
    let unassign = ["role", "unassign", "viewer", "--client-id", &loader.client_id];
    lakehead.cli(&unassign).await;
    crate::harness::eventually("the role is gone for the server too", async || {
        (api.get(&format!("{CATALOG}/dataSets")).await.status == 403).then_some(())
    })
    .await;
    lakehead.cli(&["role", "assign", "viewer", "--client-id", &loader.client_id]).await;
    lakehead.cli(&["role", "delete", "loaders"]).await;
    assert_eq!(lakehead.cli(&["role", "list"]).await.as_array().map(Vec::len), Some(3));

    let user = ["user", "create", "--issuer", "https://id.example", "--subject", "ada", "--role", "viewer"];
    let account = lakehead.cli(&user).await["account_id"].as_str().unwrap().to_owned();
    assert_eq!(lakehead.cli(&["user", "list"]).await[0]["subject"], "ada");
    lakehead.cli(&["user", "delete", &account]).await;
    assert_eq!(lakehead.cli(&["user", "list"]).await, json!([]));
    let said = lakehead.try_cli(&["client", "create", "--name", "x", "--role", "nonsense"]).await.unwrap_err();
    assert_eq!(said.matches("nonsense").count(), 1, "{said}");
}
