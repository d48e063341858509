"""Reads tables through the Iceberg REST catalog with clients that know nothing of this project; prints JSON.

    python iceberg_rest.py pyiceberg|duckdb URI WAREHOUSE TOKEN TABLE [FILTER]
    python iceberg_rest.py polling URI WAREHOUSE TOKEN TABLE

`polling` reads the table again and again until a line arrives on the standard input, and prints the ids of the files'
rows of every different state that it has seen.
"""

import importlib.resources
import json
import sys
import threading

import duckdb
from pyiceberg.catalog import load_catalog

NAMESPACE = "datasets"


def catalog(uri, warehouse, token):
    return load_catalog("lake", type="rest", uri=uri, warehouse=warehouse, token=token)


def with_pyiceberg(uri, warehouse, token, name, row_filter=None):
    lake = catalog(uri, warehouse, token)
    assert lake.table_exists((NAMESPACE, name)) and not lake.table_exists((NAMESPACE, "no_such_table"))
    table = lake.load_table((NAMESPACE, name))
    scan = table.scan(row_filter=row_filter) if row_filter else table.scan()
    return {
        "namespaces": lake.list_namespaces(),
        "tables": [found[-1] for found in lake.list_tables(NAMESPACE)],
        "location": table.location(),
        "snapshots": len(table.snapshots()),
        "columns": table.schema().column_names,
        "ids": sorted(scan.to_arrow()["_id"].to_pylist()),
    }


def with_duckdb(uri, warehouse, token, name, row_filter=None):
    lake = duckdb.connect()
    # The wheels carry the extensions; nothing is downloaded.
    for extension in ["avro", "httpfs", "iceberg"]:
        files = importlib.resources.files(f"duckdb_extension_{extension}")
        path = next(files.joinpath("extensions", f"v{duckdb.__version__}").iterdir())
        lake.execute(f"LOAD '{path}'")
    lake.execute(f"CREATE SECRET token (TYPE iceberg, TOKEN '{token}')")
    lake.execute(f"ATTACH '{warehouse}' AS lake (TYPE iceberg, ENDPOINT '{uri}', SECRET token)")
    tables = lake.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake' ORDER BY 1").fetchall()
    where = f"WHERE {row_filter}" if row_filter else ""
    ids = lake.execute(f'SELECT _id FROM lake.{NAMESPACE}."{name}" {where} ORDER BY 1').fetchall()
    return {"tables": [table for (table,) in tables], "ids": [row for (row,) in ids]}


def polling(uri, warehouse, token, name):
    lake = catalog(uri, warehouse, token)
    enough = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), enough.set()), daemon=True).start()
    seen, last = [], False
    while True:
        # One look more after the word came: the end is seen in any case.
        last = enough.is_set()
        table = lake.load_table((NAMESPACE, name))
        ids = sorted(table.scan().to_arrow()["_id"].to_pylist())
        if not seen or seen[-1] != ids:
            seen.append(ids)
            print("seen", len(ids), file=sys.stderr, flush=True)
        if last:
            return {"seen": seen}


if __name__ == "__main__":
    readers = {"pyiceberg": with_pyiceberg, "duckdb": with_duckdb, "polling": polling}
    if len(sys.argv) < 6 or sys.argv[1] not in readers:
        sys.exit(__doc__)
    json.dump(readers[sys.argv[1]](*sys.argv[2:]), sys.stdout)
