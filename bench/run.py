"""Measures Lakehead next to DuckDB and Polars: one run, in turns, medians and ratios. See README.md."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import data
from lakehead import Pipeline, Storage
from processes import Children

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1, help="1 is 1 GB of CSV")
    parser.add_argument("--formats", default="csv,parquet,ndjson,small")
    parser.add_argument("--who", default="server,worker,duckdb,polars")
    parser.add_argument("--folder", type=Path, default=ROOT / "target/bench", help="data and temporary files")
    parser.add_argument("--release", type=Path, default=ROOT / "target/release", help="where the programs are")
    return parser.parse_args()


def process(command: list) -> dict:
    """Runs a command: wall and CPU seconds of it and the child that it does not wait for, and peak memory."""
    start = time.monotonic()
    child = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE)
    with Children(child.pid) as children:
        output = child.stdout.read().decode()
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0 or "failed" in output:
        raise RuntimeError(f"{command[0]} ended with {child.returncode}: {output}")
    return {
        "seconds": time.monotonic() - start,
        "cpu": usage.ru_utime + usage.ru_stime + children.cpu,
        "peak": max(usage.ru_maxrss * 1024, children.peak),
    }


def size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(f.stat().st_size for f in path.rglob("*.parquet"))


def once(who: str, kind: str, path: Path, rows: int, folder: Path, release: Path, server: Pipeline | None) -> dict:
    if who == "server":
        result = server.ingest(kind, path.name)
        if result["rows"] != rows:
            raise RuntimeError(f"{result['rows']} of {rows} rows landed")
        return result
    out = Path(tempfile.mkdtemp(dir=folder))
    if who == "worker":
        columns = [f"{name}:{ty}" for name, ty in data.COLUMNS.items()]
        result = process([release / "examples/map_file", path, out, *columns])
    else:
        out_file = out / "out.parquet"
        result = process([sys.executable, HERE / "engines.py", who, kind, path, out_file])
    result["written"] = size(out)
    shutil.rmtree(out)
    return result


def measure(options: argparse.Namespace, folder: Path) -> dict:
    files = data.files(options.folder / "data", options.scale)
    kinds, everyone = options.formats.split(","), options.who.split(",")
    storage = server = None
    results = {(kind, who): [] for kind in kinds for who in everyone}
    try:
        if "server" in everyone:
            storage = Storage(folder / "weed")
            storage.put([files[kind][0] for kind in kinds])
            server = Pipeline(options.release / "lakehead", folder, storage)
        for number in range(options.rounds):
            for kind in kinds:
                path, rows = files[kind]
                warm(path)
                for who in everyone:
                    result = once(who, kind, path, rows, folder, options.release, server)
                    results[kind, who].append(result)
                    say(f"round {number + 1} {kind:8} {who:7} {result['seconds']:6.2f} s {result['cpu']:6.2f} CPU-s")
    finally:
        for running in (server, storage):
            if running:
                running.stop()
    return {"files": files, "results": results}


def warm(path: Path) -> None:
    """Brings a file into the page cache, piece by piece: what this process holds, its children begin with."""
    for file in [path] if path.is_file() else path.iterdir():
        with file.open("rb") as bytes_:
            while bytes_.read(1 << 20):
                pass


def say(text: str) -> None:
    print(text, flush=True)


def table(files: dict, results: dict, rounds: int) -> None:
    say(f"\nmedians of {rounds} rounds, in turns, {os.cpu_count()} cores; ratio = time of the faster of DuckDB and Polars / time")
    say("| input | who | wall s | CPU-s | MB/s | peak MiB | written MB | ratio wall | ratio CPU |")
    say("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for (kind, who), runs in results.items():
        path, rows = files[kind]
        median = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        others = [results[kind, other] for other in ("duckdb", "polars") if (kind, other) in results]

        def ratio(key: str) -> str:
            best = [statistics.median(run[key] for run in runs) for runs in others]
            return f"{min(best) / median[key]:.2f}" if best else "-"

        megabytes = data.bytes_of(path) / 1e6
        written = f"{median['written'] / 1e6:.0f}" if "written" in median else "-"
        say(
            f"| {kind}, {megabytes:.0f} MB, {rows / 1e6:.1f} M rows | {who} | {median['seconds']:.2f} | {median['cpu']:.2f} "
            f"| {megabytes / median['seconds']:.0f} | {median['peak'] / 2**20:.0f} | {written} "
            f"| {ratio('seconds')} | {ratio('cpu')} |"
        )


def main() -> None:
    options = arguments()
    folder = Path(tempfile.mkdtemp(prefix="lakehead-bench-", dir=make(options.folder)))
    try:
        table(**measure(options, folder), rounds=options.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    main()
