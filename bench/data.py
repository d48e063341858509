"""Generates the customers that are measured with: the same bytes for the same numbers of rows, every time.

Twelve columns as a shop has them: an id, names, an address, days and instants, numbers, a flag, and a remark that
may hold commas and quotes. All three files hold the same rows, as far as they go.
"""

from pathlib import Path

import duckdb

# Name, and the type it has in the target schema.
COLUMNS = {
    "id": "string",
    "first_name": "string",
    "last_name": "string",
    "email": "string",
    "birth_date": "date",
    "created_at": "date-time",
    "country": "string",
    "city": "string",
    "points": "int",
    "balance": "number",
    "active": "boolean",
    "remark": "string",
}

# Rows that make the sizes the project talks about: 1 GB of CSV, 350 MB of Parquet, 1 GB of NDJSON.
ROWS = {"csv": 7_100_000, "parquet": 12_100_000, "ndjson": 3_700_000}

CUSTOMERS = """
WITH numbered AS (SELECT i, (hash(i) >> 1)::BIGINT AS a, (hash(i + 1000000007) >> 1)::BIGINT AS b FROM range({rows}) AS t(i)),
named AS (
    SELECT *,
        (['Ada','Bjørn','Chloé','Dmitri','Elif','Finn','Grace','Hugo','Inés','Jun','Kofi','Lena','Mio','Noor','Priya'])
            [1 + a % 15] AS first_name,
        (['Andersen','Bauer','Costa','Dubois','Eriksson','Fischer','García','Ivanov','O''Brien','Okafor, Jr.','Tanaka'])
            [1 + (a // 64) % 11] AS last_name,
        1 + (a // 1024) % 20 AS place
    FROM numbered)
SELECT
    format('customer-{{:09d}}', i) AS id,
    first_name,
    last_name,
    format('{{}}.{{:x}}@example.com', lower(strip_accents(first_name)), b % 4294967296) AS email,
    DATE '1940-01-01' + CAST((a // 65536) % 24000 AS INTEGER) AS birth_date,
    TIMESTAMP '2015-01-01' + to_seconds(CAST((b // 65536) % 350000000 AS BIGINT)) AS created_at,
    (['CA','PT','AT','DK','US','KE','JP','UY','IN','NZ'])[1 + place % 10] AS country,
    (['Toronto','Lisboa','Wien','København','Chicago','Nairobi','Osaka','Montevideo','Bengaluru','Wellington',
      'Ottawa','Porto','Graz','Aarhus','Boston','Mombasa','Kyoto','Salto','Mumbai','Auckland'])[place] AS city,
    CAST((b // 1024) % 50000 AS INTEGER) AS points,
    CAST((a // 4096) % 10000000 AS DOUBLE) / 100 AS balance,
    b % 3 <> 0 AS active,
    CASE WHEN b % 5 = 0 THEN NULL
         WHEN b % 50 = 1 THEN format('asked for "{{}}", order {{}}', city, a % 1000000)
         WHEN b % 7 = 2 THEN format('moved, order {{}}', a % 1000000)
         ELSE format('prefers mail, shop {{}}', a % 5000) END AS remark
FROM named
"""

FORMATS = {
    "csv": "FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%SZ'",
    "parquet": "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 1000000",
    "ndjson": "FORMAT json, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%SZ'",
}


def files(folder: Path, scale: float) -> dict[str, tuple[Path, int]]:
    """The files by format with their numbers of rows; makes those that are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for kind, options in FORMATS.items():
        rows = int(ROWS[kind] * scale)
        path = folder / f"customers-{rows}.{kind}"
        if not path.exists():
            part = path.with_suffix(".part")
            connection = duckdb.connect()
            connection.execute("SET preserve_insertion_order = true")
            connection.execute(f"COPY ({CUSTOMERS.format(rows=rows)}) TO '{part}' ({options})")
            part.rename(path)
        found[kind] = (path, rows)
    found["small"] = small(folder, *found["csv"])
    return found


def small(folder: Path, csv: Path, rows: int) -> tuple[Path, int]:
    """The CSV file again, as a folder of files of about 100 KB with a header each: at scale 1 they are 10,000."""
    out = folder / f"{csv.stem}-small"
    if not out.exists():
        part = out.with_suffix(".part")
        part.mkdir(exist_ok=True)
        with csv.open("rb") as source:
            header, number = source.readline(), 0
            while lines := source.readlines(100_000):
                (part / f"part-{number:05d}.csv").write_bytes(header + b"".join(lines))
                number += 1
        part.rename(out)
    return out, rows


def bytes_of(path: Path) -> int:
    """Size of a file, or of all files of a folder."""
    return path.stat().st_size if path.is_file() else sum(file.stat().st_size for file in path.iterdir())
