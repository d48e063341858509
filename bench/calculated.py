#!/usr/bin/env python3
"""What calculated fields cost: a mapping of 30 attributes, against the same with 10 of them calculated.

    cargo build --release -p lakehead-engine --example map_file
    python3 bench/calculated.py [--rows 8000000] [--rounds 5]

Both land the same 30 columns of one CSV file with `map_file`, a worker process as a run has it, in turns. The last
lines are the CPU seconds of the worker for both and the ratio of each round.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile

from processes import Children

PLAIN = ["s%d:string" % n for n in range(20)] + [
    "first:string", "last:string", "mail:string", "born:date", "seen:date-time",
    "country:string", "amount:number", "count:int", "tags:string", "id:string",
]
CALCULATED = {
    "first": "first:string=concat(first, ' ', last)",
    "last": "last:string=lower(last)",
    "mail": "mail:string=sha256(lower(mail))",
    "born": "born:date=date(born, 'dd/MM/yyyy')",
    "seen": "seen:date-time=date(seen)",
    "country": "country:string=iif(country == 'CA', 'Canada', country)",
    "amount": "amount:number=to_decimal(amount)",
    "tags": "tags:string=split(tags, ';')[0]",
    "id": "id:string=concat('c-', id)",
    "s0": "s0:string=coalesce(s0, s1, 'none')",
}


def write(path, rows):
    """A file of 30 columns; the same every time."""
    names = [column.split(":")[0] for column in PLAIN]
    with open(path, "w", encoding="utf-8", buffering=1 << 20) as out:
        out.write(",".join(names) + "\n")
        for start in range(0, rows, 1000):
            block = []
            for n in range(start, min(start + 1000, rows)):
                texts = ["v%d" % ((n * (k + 7)) % 9973) for k in range(20)]
                block.append(",".join(texts + [
                    "First%d" % (n % 5000), "LAST%d" % (n % 7000), "User%d@Example.com" % n,
                    # Of the calculated field only; the plain one reads it by the documented patterns.
                    "%02d/%02d/%04d" % (13 + n % 12, 1 + n % 12, 1950 + n % 60),
                    "2026-0%d-1%d %02d:%02d:00.000" % (1 + n % 9, n % 10, n % 24, n % 60),
                    "CA" if n % 3 else "US", "%d.%02d" % (n % 1000, n % 100), str(n % 100000),
                    "a%d;b%d;c" % (n % 10, n % 7), str(n),
                ]))
            out.write("\n".join(block) + "\n")


def cpu(program, path, columns, folder):
    """CPU seconds of one run and what it said."""
    out = os.path.join(folder, "out")
    shutil.rmtree(out, ignore_errors=True)
    process = subprocess.Popen([program, path, out, *columns], stdout=subprocess.PIPE, text=True)
    # The worker is ended once its work is done: its time is read while it lives.
    with Children(process.pid) as workers:
        said, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit(said)
    return workers.cpu, said.strip().splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=8_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--release", default="target/release")
    args = parser.parse_args()
    program = os.path.join(args.release, "examples", "map_file")
    calculated = [CALCULATED.get(column.split(":")[0], column) for column in PLAIN]
    # The plain mapping of `born` would count every value that it cannot read: days come first.
    plain = ["born:string" if column == "born:date" else column for column in PLAIN]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rows.csv")
        write(path, args.rows)
        seconds = {"plain": [], "calculated": []}
        for _ in range(args.rounds):
            for name, columns in (("plain", plain), ("calculated", calculated)):
                spent, said = cpu(program, path, columns, folder)
                seconds[name].append(spent)
                print(name, "%.2f CPU-s" % spent, *said[-3:], sep="  ", flush=True)
        ratios = [b / a for a, b in zip(seconds["plain"], seconds["calculated"])]
        for name, values in seconds.items():
            print("%-10s CPU-s min %.2f median %.2f max %.2f" % (name, min(values), statistics.median(values), max(values)))
        print("calculated / plain: min %.2f median %.2f max %.2f" % (min(ratios), statistics.median(ratios), max(ratios)))


if __name__ == "__main__":
    main()
