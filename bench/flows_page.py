#!/usr/bin/env python3
"""The interface with very many dataflows: how long Chromium and the server take for what a person does on its pages.

    cargo build --release -p lakehead-server && cargo xtask setup
    target/bench/venv/bin/python bench/flows_page.py [--flows 100000] [--databases sqlite,postgres]

The flows are made through the API: enabled ones of 50 accounts, the first of which has half of them, a twentieth disabled.
One flow gets `--runs` runs that wait for their time. Then `flows_page.mjs` opens the pages, and the calls of the slowest
moments are made again one by one.
"""

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from control_plane import postgres, target
from lakehead import AMAZON_S3, BUCKET, CLOUD_STORAGE, KEYS, Pipeline
from listing import Shelf
from processes import cpu_seconds, memory
from server import FLOW_SERVICE, Server

HERE = Path(__file__).resolve().parent
ACCOUNTS = 50
WORDS = ["Orders", "Customers", "Übersicht", "Stock", "Invoices", "Clicks", "Returns", "Loyalty", "Prices", "Shipments"]
# Nothing is due before the measurement has ended.
NEVER_S = 4_000_000_000


class Loader:
    """Makes resources on a few connections that stay open."""

    def __init__(self, server: Pipeline, threads: int = 6):
        self.server, self.pool = server, ThreadPoolExecutor(threads)
        self.lines = [http.client.HTTPConnection(urllib.parse.urlsplit(server.base).netloc) for _ in range(threads)]

    def post(self, path: str, bodies: list) -> None:
        """All of them, `(path, body)` or bodies for `path`, in no order."""
        parts = [(line, bodies[n :: len(self.lines)]) for n, line in enumerate(self.lines)]
        for done in [self.pool.submit(self._some, line, path, part) for line, part in parts]:
            done.result()

    def _some(self, line: http.client.HTTPConnection, path: str, bodies: list) -> None:
        headers = {**self.server.headers, "Content-Type": "application/json"}
        for body in bodies:
            to, body = body if isinstance(body, tuple) else (path, body)
            line.request("POST", FLOW_SERVICE + to, json.dumps(body), headers)
            answer = line.getresponse()
            said = answer.read()
            if answer.status >= 300:
                raise RuntimeError(f"{to}: {answer.status} {said.decode()}")


def ids(server: Pipeline, query: str, most: int) -> list[str]:
    found, path = [], f"{FLOW_SERVICE}/{query}&limit=100"
    while path and len(found) < most:
        page = server.call("GET", path)
        found += [item["id"] for item in page["items"]]
        link = page["_links"].get("next")
        path = f"{FLOW_SERVICE}{link['href']}" if link else None
    return found[:most]


def fill(server: Pipeline, storage: Shelf, flows: int, runs: int) -> dict:
    """Accounts, flows and runs; the ids that the pages are opened with."""
    keys = {"s3AccessKey": KEYS["accessKey"], "s3SecretKey": KEYS["secretKey"], "serviceUrl": storage.endpoint}
    sources = []
    for n in range(ACCOUNTS):
        auth = {"specName": "Access Key", "params": keys | {"bucketName": BUCKET}}
        body = {"name": f"Account {n:02} of {WORDS[n % 10]}", "auth": auth, "connectionSpec": AMAZON_S3}
        account = server.call("POST", f"{FLOW_SERVICE}/connections", body)["id"]
        body = {"name": "in", "baseConnectionId": account, "data": {"format": "delimited"}, "connectionSpec": AMAZON_S3}
        body["params"] = {"path": f"/{BUCKET}/in/", "type": "folder"}
        sources.append((account, server.call("POST", f"{FLOW_SERVICE}/sourceConnections", body)["id"]))
    mapping = {"name": "Mapping", "params": {"mappingId": server.mapping, "mappingVersion": 0}}
    loader, began = Loader(server), time.monotonic()
    loader.post("/flows", [
        {
            "name": f"{WORDS[n * 7 % 10]} of store {n * 7919 % flows:06}",
            "flowSpec": CLOUD_STORAGE,
            "sourceConnectionIds": [sources[0 if n % 2 else n // 2 % ACCOUNTS][1]],
            "targetConnectionIds": [server.target],
            "transformations": [mapping],
            "scheduleParams": {"startTime": NEVER_S} | ({"frequency": "day", "interval": 1} if n % 3 else {"frequency": "once"}),
        }
        for n in range(flows)
    ])  # fmt: skip
    took = time.monotonic() - began
    every = ids(server, "flows?property=id", max(flows // 20, 1))
    ran, disabled = every[: len(every) // 2], every[len(every) // 2 :]
    loader.post("", [(f"/flows/{flow}/action?op=disable", {}) for flow in disabled])
    # Runs that fail, as there is nothing to read, and runs that wait.
    loader.post("/runs", [{"flowId": flow} for flow in ran[:200]])
    loader.post("/runs", [{"flowId": every[0], "params": {"startTime": NEVER_S + n}} for n in range(runs)])
    return {"flows_per_s": round(flows / took), "account": sources[0][0], "flow": every[0]}


def browse(server: Pipeline, made: dict, modules: Path) -> dict:
    """What Chromium saw."""
    environment = {
        **os.environ, "TEST_NODE_MODULES": str(modules), "UI_BASE": server.base, "UI_ACCOUNT": made["account"],
        "UI_FLOW": made["flow"], "UI_CLIENT_ID": server.client["client_id"],
        "UI_CLIENT_SECRET": server.client["client_secret"],
    }  # fmt: skip
    said = subprocess.run(["node", HERE / "flows_page.mjs"], env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(said.stdout)


def filled(binary: Path, folder: Path, storage: Shelf, url: str | None, flows: int, runs: int) -> tuple[Server, dict]:
    """A server with the flows: those that are in the folder already, or new ones."""
    noted = folder / "made.json"
    if noted.exists():
        return Server(binary, folder, url), json.loads(noted.read_text())
    server = Pipeline(binary, folder, storage, url)
    made = fill(server, storage, flows, runs)
    noted.write_text(json.dumps(made))
    print(f"{flows} flows, {made['flows_per_s']} made per second", flush=True)
    return server, made


def measure(binary: Path, database: str, kept: Path | None, flows: int, runs: int, modules: Path) -> None:
    folder = kept or Path(tempfile.mkdtemp(prefix="lakehead-flows-"))
    folder.mkdir(exist_ok=True)
    process, url = postgres(folder) if database == "postgres" else (None, None)
    storage, server = Shelf([], 0), None
    try:
        server, made = filled(binary, folder, storage, url, flows, runs)
        before = cpu_seconds(server.process.pid)
        seen = browse(server, made, modules)
        for step in seen["steps"]:
            print(f"{database:9} {step.pop('name'):40} " + "  ".join(f"{key} {value}" for key, value in step.items()), flush=True)
        print(f"{database:9} calls {len(seen['calls'])}, the slowest kinds (p50, p95 ms):")
        kinds = {}
        for call in seen["calls"]:
            kinds.setdefault(call["kind"], []).append(call["ms"])
        at = lambda times, part: sorted(times)[min(int(len(times) * part), len(times) - 1)]
        for kind, times in sorted(kinds.items(), key=lambda one: -statistics.median(one[1]))[:14]:
            print(f"{database:9}   {at(times, 0.5):8.1f} {at(times, 0.95):8.1f}  {len(times):3} x {kind}")
        used = round(cpu_seconds(server.process.pid) - before, 1)
        print(f"{database:9} server: {memory(server.process.pid, 'VmRSS') >> 20} MiB resident, {used} CPU-s for all of it", flush=True)
    finally:
        if server:
            server.stop()
        storage.shutdown()
        if process:
            process.terminate()
            process.wait(60)
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--folder", type=Path, help="is kept, and taken as it is the next time; SQLite only")
    parser.add_argument("--binary", type=Path, default=target() / "release/lakehead")
    parser.add_argument("--modules", type=Path, default=target() / "test-env/node/node_modules")
    asked = parser.parse_args()
    for database in asked.databases.split(","):
        measure(asked.binary.absolute(), database, asked.folder, asked.flows, asked.runs, asked.modules.absolute())


if __name__ == "__main__":
    main()
