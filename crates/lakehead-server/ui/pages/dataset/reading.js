// How other engines read the table: commands to copy, with the names and addresses of this server. The token stands as a placeholder.
import { Card } from '../../components/card.js';
import { CodeBlock } from '../../components/code_block.js';
import { KeyValues } from '../../components/key_values.js';
import { NAMESPACE } from '../../lib/catalog.js';
import { html } from '../../lib/html.js';
import { sandbox } from '../../lib/session.js';
import { useStore } from '../../lib/store.js';

export function Reading({ name }) {
  const place = { address: `${location.origin}/iceberg`, warehouse: useStore(sandbox), table: name };
  return html`
    <div class="stack">
      <p class="hint">The server is an Iceberg REST catalog. Whoever may see datasets in this sandbox can read; nobody writes this way. Put a token in place of <code>TOKEN</code>,
        or a client's id and secret in place of <code>CLIENT_ID</code> and <code>CLIENT_SECRET</code>.</p>
      <${Card} title="Catalog"><${KeyValues} items=${[
        ['Address', html`<code>${place.address}</code>`], ['Warehouse', html`<code>${place.warehouse}</code>`],
        ['Namespace', html`<code>${NAMESPACE}</code>`], ['Table', html`<code>${place.table}</code>`],
        ['Token endpoint', html`<code>${place.address}/v1/oauth/tokens</code>`], ['Permission', html`<code>view-datasets</code>`],
      ]} /><//>
      ${[['A token', token], ['PyIceberg', pyiceberg], ['DuckDB', duckdb], ['Spark', spark], ['ClickHouse', clickhouse]].map(([engine, text]) => html`
        <${Card} title=${engine}>${HINTS[engine] && html`<p class="hint">${HINTS[engine]}</p>`}<${CodeBlock} label=${engine} text=${text(place)} /><//>`)}
    </div>
  `;
}

const HINTS = {
  PyIceberg: "pip install 'pyiceberg[pyarrow]'",
  DuckDB: "From version 1.5 on, in any of its clients; in Python also: pip install pytz",
  Spark: 'The classes for S3 come with the AWS bundle.',
  ClickHouse: 'From version 26.9 on, also as chdb.',
};

const token = ({ address }) => `TOKEN=$(curl -s '${address}/v1/oauth/tokens' \\
  -d grant_type=client_credentials -d client_id="$CLIENT_ID" -d client_secret="$CLIENT_SECRET" \\
  | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`;

// Names of tables and sandboxes are letters, digits, `_` and `-`: they need no escaping inside of quotes.
const pyiceberg = ({ address, warehouse, table }) => `from pyiceberg.catalog import load_catalog

lake = load_catalog("lake", type="rest", uri="${address}", warehouse="${warehouse}", token="TOKEN")
# or, for a token that is fetched and renewed: credential="CLIENT_ID:CLIENT_SECRET"
table = lake.load_table("${NAMESPACE}.${table}")
print(table.scan(limit=10).to_arrow())`;

const duckdb = ({ address, warehouse, table }) => `INSTALL iceberg; LOAD iceberg; INSTALL httpfs; LOAD httpfs;
CREATE SECRET lakehead (TYPE iceberg, TOKEN 'TOKEN');
ATTACH '${warehouse}' AS lake (TYPE iceberg, ENDPOINT '${address}', SECRET lakehead);
SELECT * FROM lake.${NAMESPACE}."${table}" LIMIT 10;`;

const spark = ({ address, warehouse, table }) => `spark-sql \\
  --packages org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.2,org.apache.iceberg:iceberg-aws-bundle:1.10.2 \\
  --conf spark.sql.catalog.lake=org.apache.iceberg.spark.SparkCatalog \\
  --conf spark.sql.catalog.lake.type=rest \\
  --conf spark.sql.catalog.lake.uri=${address} \\
  --conf spark.sql.catalog.lake.warehouse=${warehouse} \\
  --conf spark.sql.catalog.lake.io-impl=org.apache.iceberg.aws.s3.S3FileIO \\
  --conf spark.sql.catalog.lake.header.X-Iceberg-Access-Delegation=vended-credentials \\
  --conf spark.sql.catalog.lake.oauth2-server-uri=${address}/v1/oauth/tokens \\
  --conf spark.sql.catalog.lake.credential=CLIENT_ID:CLIENT_SECRET \\
  -e 'SELECT * FROM lake.${NAMESPACE}.\`${table}\` LIMIT 10'`;

const clickhouse = ({ address, warehouse, table }) => `SET allow_experimental_database_iceberg = 1;
CREATE DATABASE lake ENGINE = DataLakeCatalog('${address}/v1')
  SETTINGS catalog_type = 'rest', warehouse = '${warehouse}', vended_credentials = true,
           auth_header = 'Authorization: Bearer TOKEN';
SELECT * FROM lake.\`${NAMESPACE}.${table}\` LIMIT 10;`;
