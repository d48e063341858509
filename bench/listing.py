"""How long a folder of very many objects takes: until it is listed and planned, and until a second run has found that
the ledger has all of it. Nothing of the objects is read."""

import argparse
import bisect
import http.server
import json
import shutil
import sqlite3
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path
from xml.sax.saxutils import escape

from lakehead import AMAZON_S3, BUCKET, CLOUD_STORAGE, Pipeline
from processes import memory
from server import FLOW_SERVICE


def keys(count: int, layout: str) -> list[str]:
    """Sorted. `folders`: 5,000 objects in each, by month and day; `flat`: one folder; `tiny`: ten in each."""
    if layout == "flat":
        return [f"in/part-{n:08}.csv" for n in range(count)]
    each = {"folders": 5_000, "tiny": 10}[layout]
    return sorted(f"in/day={n // each:06}/part-{n:08}.csv" for n in range(count))


class Shelf(http.server.ThreadingHTTPServer):
    """As much of S3 as a listing needs, from memory. `latency` is what each answer takes longer, seconds."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, names: list[str], latency: float):
        super().__init__(("127.0.0.1", 0), Answer)
        entry = "<Contents><Key>{}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;{:032x}&quot;</ETag><Size>1000</Size></Contents>"
        self.names, self.latency = names, latency
        self.entries = [entry.format(escape(name), n).encode() for n, name in enumerate(names)]
        self.pages = self.reads = 0
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def page(self, query: dict[str, str]) -> bytes:
        self.pages += 1
        prefix, most = query.get("prefix", ""), int(query.get("max-keys", 1000))
        begin = query.get("continuation-token") or query.get("start-after") or ""
        at = bisect.bisect_right(self.names, begin) if begin >= prefix else bisect.bisect_left(self.names, prefix)
        end = bisect.bisect_left(self.names, prefix + "\U0010ffff")
        if "delimiter" not in query:
            to = min(at + most, end)
            body, last = self.entries[at:to], self.names[to - 1] if to > at else ""
            at = to
        else:
            body, last, count = [], "", 0
            while at < end and count < most:
                name, slash, _ = self.names[at][len(prefix) :].partition("/")
                count += 1
                if not slash:
                    body.append(self.entries[at])
                    last, at = self.names[at], at + 1
                    continue
                body.append(f"<CommonPrefixes><Prefix>{escape(prefix + name)}/</Prefix></CommonPrefixes>".encode())
                last = prefix + name + "/\U0010ffff"
                at = bisect.bisect_left(self.names, last)
        more = at < end
        token = f"<NextContinuationToken>{escape(last)}</NextContinuationToken>" if more else ""
        tail = f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}</ListBucketResult>"
        return b"<ListBucketResult>" + b"".join(body) + tail.encode()


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path.strip("/") != BUCKET:
            self.server.reads += 1
            status, body = 503, b"<Error><Code>SlowDown</Code></Error>"
        else:
            query = dict(urllib.parse.parse_qsl(query))
            status, body = 200, self.server.page(query)
            time.sleep(self.server.latency)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def flow(server: Pipeline) -> str:
    body = {
        "name": "many",
        "baseConnectionId": server.connection,
        "data": {"format": "delimited"},
        "params": {"path": f"/{BUCKET}/in/", "type": "folder", "recursive": True},
        "connectionSpec": AMAZON_S3,
    }
    source = server.call("POST", f"{FLOW_SERVICE}/sourceConnections", body)["id"]
    mapping = {"name": "Mapping", "params": {"mappingId": server.mapping, "mappingVersion": 0}}
    body = {
        "name": "many",
        "flowSpec": CLOUD_STORAGE,
        "sourceConnectionIds": [source],
        "targetConnectionIds": [server.target],
        "transformations": [mapping],
        "scheduleParams": {"startTime": 4_000_000_000, "frequency": "once"},
    }
    return server.call("POST", f"{FLOW_SERVICE}/flows", body)["id"]


def wait(what, database: Path, query: str, *args) -> float:
    """Seconds until the query answers something."""
    began = time.monotonic()
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    while not connection.execute(query, args).fetchone():
        if time.monotonic() - began > 600:
            raise RuntimeError(f"waited in vain: {what}")
        time.sleep(0.1)
    return time.monotonic() - began


def measure(binary: Path, count: int, layout: str, latency: float) -> None:
    folder = Path(tempfile.mkdtemp(prefix="lakehead-listing-"))
    shelf = Shelf(keys(count, layout), latency)
    server = Pipeline(binary, folder, shelf)
    try:
        one = flow(server)
        database = next(server.data_dir.glob("*.db"))
        run = server.call("POST", f"{FLOW_SERVICE}/runs", {"flowId": one})["id"]
        planned_s = wait("a plan", database, "SELECT 1 FROM flow_run WHERE run_id = ? AND plan_sha256 IS NOT NULL", run)
        peak, pages = memory(server.process.pid, "VmHWM"), shelf.pages
        # Everything that was planned counts as ingested: a ledger of as many rows, without the time of as many reads.
        server.call("POST", f"{FLOW_SERVICE}/flows/{one}/action?op=disable")
        server.call("POST", f"{FLOW_SERVICE}/runs/{run}/action?op=cancel")
        connection = sqlite3.connect(database, timeout=60)
        planned = connection.execute("SELECT count(*), count(DISTINCT json_extract(body, '$.objectId')) FROM run_plan").fetchone()
        assert planned == (count, count), f"{planned} of {count}"
        connection.execute(
            "INSERT INTO ingested (flow_id, object_id, replay_gen, run_id, snapshot_id, row_count, byte_count, ingested_at)"
            " SELECT ?, json_extract(body, '$.objectId'), 0, ?, 0, 0, 0, 0 FROM run_plan",
            (one, run),
        )
        connection.commit()
        connection.close()
        server.call("POST", f"{FLOW_SERVICE}/flows/{one}/action?op=enable")
        shelf.pages = shelf.reads = 0
        run = server.call("POST", f"{FLOW_SERVICE}/runs", {"flowId": one})["id"]
        second_s = wait("the second run", database, "SELECT 1 FROM flow_run WHERE run_id = ? AND state = 'success'", run)
        (new,) = sqlite3.connect(database).execute("SELECT plan_count FROM flow_run WHERE run_id = ?", (run,)).fetchone()
        assert (new, shelf.reads) == (0, 0), f"{new} planned, {shelf.reads} read"
        print(json.dumps({
            "objects": count, "layout": layout, "latency_ms": latency * 1000, "listed_and_planned_s": round(planned_s, 1),
            "pages": pages, "second_run_s": round(second_s, 1), "pages_of_second": shelf.pages, "read_by_second": 0,
            "server_peak_mib": max(peak, memory(server.process.pid, "VmHWM")) >> 20,
        }), flush=True)  # fmt: skip
    finally:
        server.process.kill()
        server.process.wait()
        shelf.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--layouts", default="folders,flat,tiny")
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--binary", type=Path, default=Path("target/release/lakehead"))
    asked = parser.parse_args()
    for layout in asked.layouts.split(","):
        measure(asked.binary.absolute(), asked.objects, layout, asked.latency_ms / 1000)


if __name__ == "__main__":
    main()
