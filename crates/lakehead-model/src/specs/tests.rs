//! The catalogue is complete and usable, and what clients are documented to send is understood.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::connection::NewConnection;

fn ids(spec: &Value, field: &str) -> Vec<String> {
    spec[field].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

fn by_name(name: &str) -> &'static Value {
    connection_specs().iter().find(|spec| spec["name"] == name).unwrap_or_else(|| panic!("no spec `{name}`"))
}

#[test]
fn unknown_specs_versions_and_ways_to_authenticate_have_their_codes() {
    let parse = |value: Value| SpecRef::parse(value.as_object().unwrap(), "connectionSpec");
    let unknown = parse(json!({"connectionSpec": {"id": "nope"}})).unwrap();
    assert_eq!(connection_spec(&unknown).unwrap_err().code, "FLOW-1413-400");
    let newer = parse(json!({"connectionSpec": {"id": AMAZON_S3, "version": 2}})).unwrap();
    assert_eq!(connection_spec(&newer).unwrap_err().code, "FLOW-1413-400");
    let upper = parse(json!({"connectionSpec": {"id": AMAZON_S3.to_uppercase(), "version": 1}})).unwrap();
    let s3 = connection_spec(&upper).unwrap();
    assert!(auth_schema(s3, "Access Key").is_ok());
    for (name, code) in [("Password", "FLOW-1415-400"), ("IAMRole Based", "CONNECTOR-1302-400")] {
        let error = auth_schema(s3, name).unwrap_err();
        assert_eq!(error.code, code);
        assert!(error.message.ends_with("choose `Access Key`"), "{error}");
    }
    assert!(parse(json!({})).unwrap_err().message.contains("`connectionSpec`"));
    assert!(parse(json!({"connectionSpec": []})).is_err());
    assert!(parse(json!({"connectionSpec": {"id": {}, "version": []}})).is_err());
}

#[test]
fn ids_and_names_are_unique_and_every_spec_has_what_clients_read() {
    for all in [connection_specs(), flow_specs()] {
        for field in ["id", "name"] {
            let values: BTreeSet<_> = all.iter().map(|spec| spec[field].as_str().unwrap()).collect();
            assert_eq!(values.len(), all.len(), "{field}");
        }
    }
    for spec in connection_specs() {
        let name = spec["name"].as_str().unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{name}");
        assert!(uuid::Uuid::try_parse(spec["id"].as_str().unwrap()).is_ok(), "{name}");
        for member in ["providerId", "version"] {
            assert!(spec[member].is_string(), "{name}: {member}");
        }
        for member in ["category", "connectorName", "availability"] {
            assert!(spec["attributes"][member].is_string(), "{name}: {member}");
        }
        assert_eq!(spec["attributes"]["isDraftModeSupported"], true, "{name}");
        assert!(spec["permissionsInfo"]["view"][0]["name"].is_string(), "{name}");
        let unpublished = &spec["attributes"]["unpublished"];
        let credentials = spec["authSpec"].as_array().unwrap();
        let needs_none = ["datalake", "landing-zone"].contains(&name);
        assert!(needs_none || unpublished.is_array() || !credentials.is_empty(), "{name} says how to authenticate");
        for auth in credentials {
            assert!(auth["type"].is_string(), "{name}");
            json_schema::compile(&auth["spec"]).unwrap();
        }
        for schema in ["/sourceSpec/spec", "/targetSpec/spec", "/exploreSpec/requestSpec"] {
            spec.pointer(schema).map(json_schema::compile).transpose().unwrap();
        }
        if let Some(explore) = spec.get("exploreSpec") {
            assert!(["FileSystem", "Tabular"].contains(&explore["type"].as_str().unwrap()), "{name}");
        }
    }
}

#[test]
fn flow_specs_are_complete_and_refer_to_listed_specs_only() {
    let known: BTreeSet<_> = connection_specs().iter().map(|spec| spec["id"].as_str().unwrap()).collect();
    for spec in flow_specs() {
        let name = spec["name"].as_str().unwrap();
        for field in ["sourceConnectionSpecIds", "targetConnectionSpecIds"] {
            assert!(ids(spec, field).iter().all(|id| known.contains(id.as_str())), "{name}");
            assert!(!ids(spec, field).is_empty(), "{name}");
        }
        for schema in ["/optionSpec/spec", "/scheduleSpec/spec", "/runSpec/spec"] {
            let schema = spec.pointer(schema);
            assert_eq!(schema.is_some(), spec["attributes"]["frequency"] == "batch", "{name}");
            schema.map(json_schema::compile).transpose().unwrap();
        }
        for transformation in spec["transformationSpecs"].as_array().unwrap() {
            json_schema::compile(&transformation["spec"]).unwrap();
        }
        assert_eq!(spec["attributes"]["isSourceFlow"], true);
    }
    let sources =
        |name: &str| ids(flow_specs().iter().find(|spec| spec["name"] == name).unwrap(), "sourceConnectionSpecIds");
    assert_eq!(sources("CloudStorageToAEP").len(), 12);
    assert_eq!(sources("CRMToAEP").len(), 37);
    assert_eq!(sources("RestStorageToAEP").len(), 5);
    assert_eq!(sources("Stream data with optional transformation").len(), 4);
}

#[test]
fn filters_are_announced_by_four_sources() {
    let filtering: Vec<_> =
        connection_specs().iter().filter(|spec| spec["attributes"]["filterAtSource"]["enabled"] == true).collect();
    let names: BTreeSet<_> = filtering.iter().map(|spec| spec["name"].as_str().unwrap()).collect();
    assert_eq!(names, BTreeSet::from(["google-big-query", "microsoft-dynamics", "salesforce", "snowflake"]));
}

/// The bodies of the public pages: understood, and refused only because no connector exists.
#[test]
fn documented_credentials_are_understood_up_to_the_missing_connector() {
    let secret_of = |name: &str, auth: &str, params: Value| {
        let spec = by_name(name);
        let schema = auth_schema(spec, auth).unwrap();
        let params = declared_names(schema, params.as_object().unwrap());
        json_schema::check(schema, &params, "auth.params", Mode::Complete)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let body = json!({"name": name, "auth": {"specName": auth, "params": params},
            "connectionSpec": {"id": spec["id"], "version": "1.0"}});
        let error = NewConnection::parse(&body).unwrap().check(Mode::Draft).unwrap_err();
        assert_eq!(error.code, "CONNECTOR-1305-400", "{name}");
        let label = spec["attributes"]["connectorName"].as_str().unwrap();
        assert!(error.message.contains(label) && error.message.contains("`Amazon S3`"), "{error}");
    };
    secret_of(
        "azure-blob",
        "ConnectionString",
        json!({"connectionString": "DefaultEndpointsProtocol=https;AccountName=a"}),
    );
    secret_of("azure-blob", "SAS URI Authentication", json!({"sasUri": "https://a.blob.core.windows.net/?sv=1"}));
    let principal = json!({"serviceEndpoint": "e", "servicePrincipalId": "i", "servicePrincipalKey": "k",
        "accountKind": "StorageV2", "tenant": "t"});
    secret_of("azure-blob", "Service Principal Based Authentication", principal);
    let principal = json!({"url": "u", "servicePrincipalId": "i", "servicePrincipalKey": "k", "tenant": "t"});
    secret_of("adls-gen2", "Basic Authentication for adls-gen2", principal);
    secret_of("azure-file-storage", "Basic Authentication", json!({"host": "h", "userId": "u", "password": "p"}));
    secret_of("ftp", "Basic Authentication for FTP", json!({"host": "h", "username": "u", "password": "p"}));
    let sftp = json!({"host": "h", "port": "22", "userName": "u", "password": "p", "maxConcurrentConnections": 1});
    secret_of("sftp", "Basic Authentication for sftp", sftp);
    let key = json!({"host": "h", "userName": "u", "privateKeyContent": "QQ==", "passPhrase": ""});
    secret_of("sftp", "SSH PublicKey Authentication for sftp", key);
    let keys = json!({"accessKeyId": "a", "secretAccessKey": "s"});
    secret_of("google-cloud", "Basic Authentication for google-cloud", keys);
    secret_of("hdfs", "Anonymous Authentication", json!({"url": "u"}));
    let keys = json!({"serviceUrl": "u", "accessKey": "a", "secretKey": "s", "bucketName": "b", "folderPath": "f"});
    secret_of("oracle-object-storage", "Access Key", keys);
    for name in ["postgres", "mysql", "mariadb", "sql-server", "hp-vertica"] {
        secret_of(name, "Connection String Based Authentication", json!({"connectionString": "Server=s;Password=p"}));
    }
    for name in ["oracle", "teradata", "snowflake"] {
        secret_of(name, "ConnectionString", json!({"connectionString": "Host=h;Password=p"}));
    }
    let basic =
        json!({"server": "s", "port": 5432, "database": "d", "username": "u", "password": "p", "sslMode": "verify ca"});
    secret_of("postgres", "Basic Authentication", basic);
    let key = json!({"account": "a", "username": "u", "database": "d", "privateKey": "QQ==", "warehouse": "w"});
    secret_of("snowflake", "KeyPair Authentication", key);
    let query = json!({"project": "p", "clientID": "c", "clientSecret": "s", "refreshToken": "t"});
    secret_of("google-big-query", "Basic Authentication", query);
    let query = json!({"project": "p", "keyFileContent": "QQ=="});
    secret_of("google-big-query", "Service Authentication", query);
    let redshift = json!({"server": "s", "port": "5439", "username": "u", "password": "p", "database": "d"});
    secret_of("redshift", "Basic Authentication", redshift);
    let bricks = json!({"domain": "d", "clusterId": "c", "accessToken": "t", "database": "d"});
    secret_of("databricks", "Access Token Authentication", bricks);
    secret_of("salesforce", "Basic Authentication", json!({"username": "u", "password": "p", "securityToken": "t"}));
    secret_of("odata", "Anonymous Authentication", json!({"url": "https://services.odata.org/OData/OData.svc"}));
    secret_of("generic-rest", "oAuth2RefreshCode", json!({"host": "h", "accessToken": "t"}));
    let hub = json!({"sasKeyName": "n", "sasKey": "k", "namespace": "n"});
    secret_of("event-hubs", "Azure EventHub authentication credentials", hub);
    let kinesis = json!({"accessKeyId": "a", "secretKey": "s", "region": "r"});
    secret_of("kinesis", "Aws Kinesis authentication credentials", kinesis);
    secret_of("google-pubsub", "Project Based Authentication", json!({"projectId": "p", "credentials": "c"}));
    let stream = json!({"dataType": "xdm", "name": "n", "authenticationRequired": true});
    secret_of("http-api", "Streaming Connection", stream);
}

#[test]
fn documented_source_parameters_fit_their_schemas() {
    for (name, params) in [
        ("azure-blob", json!({"path": "/acme/*.csv", "type": "folder", "recursive": "true", "cdcEnabled": true})),
        (
            "postgres",
            json!({"tableName": "test1.Mytable",
            "columns": [{"name": "a", "type": "string", "xdm": {"type": "string", "format": "date-time"}}]}),
        ),
        ("event-hubs", json!({"eventHubName": "h", "dataType": "raw", "reset": "latest", "consumerGroup": "$Default"})),
        ("generic-rest", json!({"urlParams": {"path": "/a", "method": "get"}, "contentPath": {"path": "$.records"}})),
    ] {
        let schema = &by_name(name)["sourceSpec"]["spec"];
        json_schema::check(schema, params.as_object().unwrap(), "params", Mode::Complete)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    let s3 = by_name("amazon-s3");
    let params = |value: Value| value.as_object().unwrap().clone();
    check_source_params(s3, &params(json!({"path": "/b/c"})), Mode::Complete).unwrap();
    assert_eq!(check_source_params(s3, &params(json!({})), Mode::Complete).unwrap_err().code, "CONNECTOR-1304-400");
    let error = check_source_params(by_name("ftp"), &params(json!({"path": "/b"})), Mode::Draft).unwrap_err();
    assert_eq!(error.code, "CONNECTOR-1305-400");
}

#[test]
fn a_spelling_is_changed_only_where_the_schema_has_the_other_one() {
    let schema = json!({"properties": {"username": {}, "projectId": {}}});
    let params = json!({"userName": "u", "project": "p", "other": 1});
    let renamed = declared_names(&schema, params.as_object().unwrap());
    assert_eq!(Value::Object(renamed), json!({"username": "u", "projectId": "p", "other": 1}));
    let both = json!({"userName": "a", "username": "b"});
    assert_eq!(Value::Object(declared_names(&schema, both.as_object().unwrap())), both);
}

#[test]
fn parameters_of_a_run_have_the_right_types_where_they_are_given() {
    let spec = flow_spec(&SpecRef::built_in(CLOUD_STORAGE_TO_LAKE), &[]).unwrap();
    let check = |params: Value| check_run_params(spec, params.as_object().unwrap());
    check(json!({})).unwrap();
    check(json!({"startTime": "1651584991", "windowStartTime": 1, "windowEndTime": "2"})).unwrap();
    assert_eq!(check(json!({"startTime": {}})).unwrap_err().code, "CONNECTOR-1312-400");
    let large = json!({"note": "x".repeat(20_000)});
    assert!(check(large).unwrap_err().message.contains("1 KiB"));
}
