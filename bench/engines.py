"""The engines next to Lakehead: one file to zstd Parquet (level 1, as Lakehead writes), no mapping.

`python engines.py ENGINE FORMAT INPUT OUTPUT` does it once; `run.py` starts it as a process of its own.
"""

import sys


def with_duckdb(kind: str, source: str, target: str) -> None:
    import duckdb

    reader = {"csv": "read_csv", "parquet": "read_parquet", "ndjson": "read_json", "small": "read_csv"}[kind]
    if kind == "small":
        source += "/*.csv"
    connection = duckdb.connect()
    # The order of rows is not asked of anybody.
    connection.execute("SET preserve_insertion_order = false")
    options = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"
    connection.execute(f"COPY (SELECT * FROM {reader}('{source}')) TO '{target}' ({options})")


def with_polars(kind: str, source: str, target: str) -> None:
    import polars

    if kind in ("csv", "small"):
        source += "/*.csv" if kind == "small" else ""
        rows = polars.scan_csv(source, try_parse_dates=True)
    elif kind == "parquet":
        rows = polars.scan_parquet(source)
    else:
        # Days and instants are text in JSON; the other engines find out by themselves.
        days = [polars.col("birth_date").str.to_date(), polars.col("created_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ")]
        rows = polars.scan_ndjson(source).with_columns(days)
    rows.sink_parquet(target, compression="zstd", compression_level=1, maintain_order=False)


if __name__ == "__main__":
    engine, *arguments = sys.argv[1:]
    {"duckdb": with_duckdb, "polars": with_polars}[engine](*arguments)
