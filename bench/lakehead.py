"""Lakehead's real path: SeaweedFS with the files, the server, and the documented calls up to the run's end."""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
from data import COLUMNS
from processes import Children, cpu_seconds
from server import FLOW_SERVICE, Server, free_port

BUCKET = "bench"
# Keys that open nothing but a server that ends with the measurement.
KEYS = {"accessKey": "LAKEHEADBENCH0000000", "secretKey": "only-for-a-server-that-ends-with-the-benchmark"}
AMAZON_S3 = {"id": "ecadc60c-7455-4d87-84dc-2a0e293d997b", "version": "1.0"}
DATA_LAKE = {"id": "c604ff05-7f1a-43c0-8e18-33bf874cb11c", "version": "1.0"}
CLOUD_STORAGE = {"id": "9753525b-82c7-4dce-8a9b-5ccfce2b9876", "version": "1.0"}
SCHEMA_VERSION = "application/vnd.adobe.xed-full+json;version=1"
# Where a column goes; what is not named here goes to the tenant's own group.
FIELDS = {
    "id": "_id",
    "first_name": "person.name.firstName",
    "last_name": "person.name.lastName",
    "birth_date": "person.birthDate",
    "email": "personalEmail.address",
    "country": "homeAddress.countryCode",
    "city": "homeAddress.city",
}
TYPES = {
    "string": {"type": "string"},
    "date-time": {"type": "string", "format": "date-time"},
    "int": {"type": "integer", "meta:xdmType": "int"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
}


class Storage:
    """A SeaweedFS that holds the files, below `folder`."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True)
        keys = folder / "s3.json"
        user = {"name": "bench", "credentials": [KEYS], "actions": ["Admin", "Read", "Write", "List"]}
        keys.write_text(json.dumps({"identities": [user]}))
        names = ["master.port", "volume.port", "filer.port", "s3.port", "admin.port", "s3.port.iceberg", "debug.port"]
        ports = {name: free_port() for name in names}
        command = [str(Path(sys.executable).parent / "weed"), "mini", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        command += ["-master.telemetry=false", "-admin.ui=false", "-webdav=false", "-s3.port.lance=0"]
        command += [f"-dir={folder}", f"-s3.config={keys}"] + [f"-{name}={port}" for name, port in ports.items()]
        self.log = open(folder / "log", "wb")
        self.process = subprocess.Popen(command, cwd=folder, stdout=self.log, stderr=self.log)
        self.endpoint = f"http://127.0.0.1:{ports['s3.port']}"
        self.client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=KEYS["accessKey"],
            aws_secret_access_key=KEYS["secretKey"],
            region_name="us-east-1",
        )

    def put(self, files: list[Path]) -> None:
        for _ in range(60):
            try:
                self.client.create_bucket(Bucket=BUCKET)
                self.client.put_object(Bucket=BUCKET, Key="ready", Body=b"yes")
                break
            except Exception:
                time.sleep(0.5)
        for path in files:
            if path.is_file():
                self.client.upload_file(str(path), BUCKET, path.name)
                continue
            with ThreadPoolExecutor(8) as pool:
                one = lambda file: self.client.upload_file(str(file), BUCKET, f"{path.name}/{file.name}")
                list(pool.map(one, path.iterdir()))

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


class Pipeline(Server):
    """A server with everything set up but the flows: a connection, a schema, a dataset, a mapping, a target."""

    def __init__(self, binary: Path, folder: Path, storage, database: str | None = None):
        super().__init__(binary, folder, database)
        self._set_up(storage)

    def _flow(self, path: str, body: dict) -> str:
        return self.call("POST", f"{FLOW_SERVICE}/{path}", body)["id"]

    def _set_up(self, storage: Storage) -> None:
        keys = {"s3AccessKey": KEYS["accessKey"], "s3SecretKey": KEYS["secretKey"], "serviceUrl": storage.endpoint}
        auth = {"specName": "Access Key", "params": keys | {"bucketName": BUCKET}}
        self.connection = self._flow("connections", {"name": "bench", "auth": auth, "connectionSpec": AMAZON_S3})
        self._schema()
        reference = {"id": self.schema, "contentType": SCHEMA_VERSION}
        body = {"name": "customers", "schemaRef": reference}
        made = self.call("POST", "/data/foundation/catalog/dataSets?requestDataSource=true", body)
        mappings = [
            {"sourceType": "ATTRIBUTE", "source": column, "destination": self._destination(column)}
            for column in COLUMNS
        ]
        body = {"outputSchema": {"schemaRef": reference}, "mappings": mappings}
        self.mapping = self.call("POST", "/data/foundation/conversion/mappingSets", body)["id"]
        body = {
            "name": "lake",
            "data": {"schema": {"id": self.schema, "version": SCHEMA_VERSION}},
            "params": {"dataSetId": made[0].removeprefix("@/dataSets/")},
            "connectionSpec": DATA_LAKE,
        }
        self.target = self._flow("targetConnections", body)

    def _destination(self, column: str) -> str:
        return FIELDS.get(column) or f"{self.namespace}.account.{column}"

    def _schema(self) -> None:
        registry = "/data/foundation/schemaregistry"
        self.namespace = "_" + self.call("GET", f"{registry}/stats")["tenantId"]
        own = {column: TYPES[ty] for column, ty in COLUMNS.items() if column not in FIELDS}
        account = {"account": {"type": "object", "properties": own}}
        group = {
            "title": "Account",
            "type": "object",
            "meta:intendedToExtend": ["https://ns.adobe.com/xdm/context/profile"],
            "definitions": {"own": {"properties": {self.namespace: {"type": "object", "properties": account}}}},
            "allOf": [{"$ref": "#/definitions/own"}],
        }
        group = self.call("POST", f"{registry}/tenant/fieldgroups", group)["$id"]
        standard = [
            {"$ref": f"https://ns.adobe.com/xdm/context/{name}"}
            for name in ["profile", "profile-person-details", "profile-personal-details"]
        ]
        schema = {"title": "Customers", "type": "object", "allOf": [*standard, {"$ref": group}]}
        self.schema = self.call("POST", f"{registry}/tenant/schemas", schema)["$id"]

    def ingest(self, kind: str, key: str) -> dict:
        """A new flow for one file, to the end of its run: seconds of the run, CPU seconds of the server and its
        worker, peak memory of the worker in bytes, rows."""
        many = "folder" if kind == "small" else "file"
        kind = {"csv": "delimited", "small": "delimited", "ndjson": "json"}.get(kind, kind)
        before = cpu_seconds(self.process.pid)
        body = {
            "name": key,
            "baseConnectionId": self.connection,
            "data": {"format": kind},
            "params": {"path": f"/{BUCKET}/{key}", "type": many},
            "connectionSpec": AMAZON_S3,
        }
        source = self._flow("sourceConnections", body)
        body = {
            "name": key,
            "flowSpec": CLOUD_STORAGE,
            "sourceConnectionIds": [source],
            "targetConnectionIds": [self.target],
            "transformations": [{"name": "Mapping", "params": {"mappingId": self.mapping, "mappingVersion": 0}}],
            "scheduleParams": {"startTime": str(int(time.time())), "frequency": "once"},
        }
        with Children(self.process.pid) as workers:
            run = self._ended(self._flow("flows", body))
        metrics = run["metrics"]
        if metrics["statusSummary"]["status"] != "success":
            raise RuntimeError(json.dumps(metrics["statusSummary"]))
        span = metrics["durationSummary"]
        return {
            "seconds": (span["completedAtUTC"] - span["startedAtUTC"]) / 1000,
            "cpu": cpu_seconds(self.process.pid) - before,
            "peak": workers.peak,
            "rows": metrics["recordSummary"]["outputRecordCount"],
        }

    def _ended(self, flow: str) -> dict:
        while True:
            page = self.call("GET", f"{FLOW_SERVICE}/runs?property=flowId=={flow}")
            for run in page["items"]:
                if run["metrics"]["statusSummary"]["status"] in ("success", "failed"):
                    return run
            time.sleep(0.1)
