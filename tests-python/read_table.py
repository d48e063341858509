"""Reads an Iceberg table without any code of this project and prints its rows as JSON.

    python read_table.py METADATA_FILE

PyIceberg reads the table by its metadata file. DuckDB then reads the data files that PyIceberg lists, and must find
the same number of rows: two implementations agree, or the program fails.
"""

import datetime
import decimal
import json
import sys

import duckdb
from pyiceberg.table import StaticTable


def as_json(value):
    """Dates and times in ISO 8601; everything else that JSON does not know is an error."""
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    raise TypeError(f"{type(value)} cannot be shown as JSON")


def local_path(uri):
    return uri.removeprefix("file://")


def main(metadata_file):
    table = StaticTable.from_metadata(metadata_file)
    snapshot = table.current_snapshot()
    scan = table.scan()
    files = [local_path(task.file.file_path) for task in scan.plan_files()]
    rows = scan.to_arrow().to_pylist()
    if files:
        counted = duckdb.execute("SELECT count(*) FROM read_parquet(?, union_by_name = true)", [files]).fetchone()[0]
        if counted != len(rows):
            sys.exit(f"PyIceberg reads {len(rows)} rows and DuckDB {counted} from the same files")
        if len(set(files)) != len(files):
            sys.exit("the table lists a data file twice")
    json.dump(
        {
            "rows": rows,
            "files": len(files),
            "snapshots": len(table.metadata.snapshots),
            "recordsInSummary": None if snapshot is None else int(snapshot.summary["total-records"] or 0),
        },
        sys.stdout,
        default=as_json,
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
