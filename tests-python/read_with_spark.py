"""Reads a table with Spark through the Iceberg REST catalog; prints JSON.

    python read_with_spark.py URI WAREHOUSE CREDENTIAL TABLE JARS [NAME=VALUE …]

`CREDENTIAL` is `client id:client secret`, `JARS` are those of Iceberg's runtime and AWS bundle, separated by commas, and what
follows are further properties of the catalog.
"""

import json
import sys

from pyspark.sql import SparkSession

uri, warehouse, credential, table, jars, *more = sys.argv[1:]
properties = {
    "type": "rest",
    "uri": uri,
    "warehouse": warehouse,
    "credential": credential,
    "oauth2-server-uri": f"{uri}/v1/oauth/tokens",
    "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    "header.X-Iceberg-Access-Delegation": "vended-credentials",
} | dict(property.split("=", 1) for property in more)
builder = SparkSession.builder.master("local[2]").config("spark.jars", jars).config("spark.ui.enabled", "false")
builder = builder.config("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog")
for name, value in properties.items():
    builder = builder.config(f"spark.sql.catalog.lake.{name}", value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")


def one(query):
    return spark.sql(query).first()[0]


name = f"lake.datasets.{table}"
snapshots = [row[0] for row in spark.sql(f"SELECT snapshot_id FROM {name}.snapshots ORDER BY committed_at").collect()]
json.dump({
    "tables": [row["tableName"] for row in spark.sql("SHOW TABLES IN lake.datasets").collect()],
    "ids": sorted(row[0] for row in spark.sql(f"SELECT _id FROM {name}").collect()),
    "countsBySnapshot": [one(f"SELECT count(*) FROM {name} VERSION AS OF {snapshot}") for snapshot in snapshots],
    "lastNames": one(f"SELECT count(DISTINCT person.name.lastName) FROM {name}"),
    "sumOfNumbers": one(f"SELECT sum(CAST(substring(_id, 10) AS bigint)) FROM {name}"),
    "some": one(f"SELECT count(*) FROM {name} WHERE person.birthDate < DATE '1970-01-01'"),
    "files": one(f"SELECT count(*) FROM {name}.files"),
}, sys.stdout)
