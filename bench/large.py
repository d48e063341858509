#!/usr/bin/env python3
"""One large CSV file against a small one of the same rows: time per byte, and memory from beginning to end.

    cargo build --release -p lakehead-engine --example map_file
    python3 bench/large.py [--gigabytes 20]

Every third row has a remark with a line break in quotes. Both files are mapped by a worker process as a run has it, twelve typed
columns. Free space of the large file and a quarter of it is needed.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from processes import Children, memory

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = ["id:string", "first:string", "last:string", "mail:string", "born:date", "made:date-time", "country:string",
           "city:string", "points:int", "balance:number", "active:boolean", "remark:string"]


def block(rows: int) -> bytes:
    """Rows, the same every time."""
    lines = []
    for n in range(rows):
        remark = '"asked,\nthen ""bought"""' if n % 3 == 0 else f"order {n * 7919 % 100003}"
        lines.append(
            f"customer-{n * 104729 % 1000003:09d},First{n % 500},Last{n % 700},user{n * 31 % 999983}@example.com,"
            f"19{50 + n % 50}-0{1 + n % 9}-1{n % 10},202{n % 6}-0{1 + n % 9}-1{n % 10}T1{n % 10}:2{n % 10}:3{n % 10}Z,"
            f"{['CA', 'PT', 'AT', 'KE'][n % 4]},City{n % 90},{n * 13 % 50000},{n % 10000}.{n % 100:02d},{['true', 'false'][n % 2]},{remark}"
        )
    return ("\n".join(lines) + "\n").encode()


def write(path: Path, size: int) -> None:
    rows = block(500_000)
    with path.open("wb") as out:
        out.write((",".join(column.split(":")[0] for column in COLUMNS) + "\n").encode())
        while out.tell() < size:
            out.write(rows)


class Curve(Children):
    """Resident memory of the worker over time, too."""

    def __init__(self, pid: int):
        super().__init__(pid)
        self.curve, self.start = [], time.monotonic()

    def _look(self, child: str) -> None:
        super()._look(child)
        self.curve.append((time.monotonic() - self.start, memory(child, "VmRSS") >> 20))


def measure(path: Path, program: Path, folder: Path) -> tuple[float, Curve]:
    out = folder / "out"
    process = subprocess.Popen([program, path, out, *COLUMNS], stdout=subprocess.PIPE, text=True)
    with Curve(process.pid) as worker:
        said, _ = process.communicate()
    shutil.rmtree(out, ignore_errors=True)
    if process.returncode != 0 or "failed" in said or "rejected" in said or " x " in said:
        raise SystemExit(said)
    print(said.strip().splitlines()[-1], flush=True)
    return worker.cpu / path.stat().st_size * 1e9, worker


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=20)
    parser.add_argument("--release", type=Path, default=ROOT / "target/release")
    parser.add_argument("--folder", type=Path, help="where the files go for as long as this runs")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        cost = []
        for gigabytes in (1, args.gigabytes):
            path = Path(folder) / "rows.csv"
            write(path, int(gigabytes * 1e9))
            per_gigabyte, worker = measure(path, args.release / "examples/map_file", Path(folder))
            cost.append(per_gigabyte)
            step = max(1, len(worker.curve) // 20)
            curve = ", ".join(f"{at:.0f} s {mib}" for at, mib in worker.curve[::step])
            print(f"{gigabytes:g} GB: {per_gigabyte:.2f} CPU-s per GB, peak {worker.peak >> 20} MiB; resident MiB: {curve}", flush=True)
        print(f"per byte, large / small: {cost[1] / cost[0]:.2f}")


if __name__ == "__main__":
    main()
