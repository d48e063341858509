#!/usr/bin/env python3
"""How long one row takes: from `POST /runs` to a run that has succeeded, its row committed to the table.

    cargo build --release -p lakehead-server
    target/bench/venv/bin/python bench/on_demand.py [--runs 50]

Before each run a CSV file of one row is put into a folder of an S3 server; then the run is asked for and looked at every
five milliseconds. Flow, schema and mapping are those of `run.py`.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from data import COLUMNS
from lakehead import BUCKET, Pipeline, Storage
from server import FLOW_SERVICE, Server

ROOT = Path(__file__).resolve().parent.parent
ROW = "customer-1,Ada,Bauer,ada@example.com,1970-01-02,2020-03-04T05:06:07Z,AT,Graz,12,3.5,true,one row"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--release", type=Path, default=ROOT / "target/release")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lakehead-bench-"))
    storage = server = None
    try:
        storage = Storage(folder / "weed")
        storage.put([])
        put(storage, 0)
        server = Pipeline(options.release / "lakehead", folder, storage)
        server.ingest("small", "rows")
        [flow] = server.call("GET", f"{FLOW_SERVICE}/flows")["items"]
        took = []
        for number in range(1, options.runs + 1):
            put(storage, number)
            took.append(once(server, flow["id"]))
        took.sort()
        print(f"{len(took)} runs of one row: min {took[0]:.0f} ms, p50 {statistics.median(took):.0f} ms, "
              f"p95 {took[int(len(took) * 0.95) - 1]:.0f} ms, max {took[-1]:.0f} ms")
    finally:
        for running in (server, storage):
            if running:
                running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def put(storage: Storage, number: int) -> None:
    body = ",".join(COLUMNS) + "\n" + ROW + "\n"
    storage.client.put_object(Bucket=BUCKET, Key=f"rows/{number}.csv", Body=body.encode())


def once(server: Server, flow: str) -> float:
    """Milliseconds of one run."""
    start = time.monotonic()
    run = server.call("POST", f"{FLOW_SERVICE}/runs", {"flowId": flow})["id"]
    while True:
        [found] = server.call("GET", f"{FLOW_SERVICE}/runs/{run}")["items"]
        summary = found["metrics"]["statusSummary"]
        if summary["status"] == "success":
            rows = found["metrics"]["recordSummary"]["outputRecordCount"]
            if rows != 1:
                raise RuntimeError(f"{rows} rows landed instead of one")
            return (time.monotonic() - start) * 1000
        if summary["status"] == "failed":
            raise RuntimeError(summary)
        time.sleep(0.005)


if __name__ == "__main__":
    main()
