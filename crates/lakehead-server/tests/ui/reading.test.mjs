// The commands of “How to read it” are run as the page shows them, with the token or the client of the test in place of the placeholder.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { browserTest, server, signedIn } from './support.mjs';

const python = process.env.TEST_PYTHON;
const BASE = `${server.base}/data/foundation/catalog/dataSets`;

async function token() {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: server.clientId, client_secret: server.clientSecret });
  return (await (await fetch(`${server.base}/iceberg/v1/oauth/tokens`, { method: 'POST', body })).json()).access_token;
}

// The last line that a program writes.
async function run(program, args, input) {
  const child = spawn(program, args, { timeout: 120_000, env: { ...process.env, CLIENT_ID: server.clientId, CLIENT_SECRET: server.clientSecret } });
  const said = { stdout: '', stderr: '' };
  for (const name of Object.keys(said)) child[name].setEncoding('utf8').on('data', (text) => { said[name] += text; });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  assert.equal(code, 0, said.stderr);
  return said.stdout.trim().split('\n').at(-1);
}

// The wheels of the tests carry the extensions that DuckDB would download.
const DUCKDB = `
import importlib.resources, re, sys, duckdb
lake = duckdb.connect()
for extension in ["avro", "httpfs", "iceberg"]:
    files = importlib.resources.files(f"duckdb_extension_{extension}")
    lake.execute(f"LOAD '{next(files.joinpath('extensions', f'v{duckdb.__version__}').iterdir())}'")
text = sys.stdin.read()
assert "INSTALL iceberg; LOAD iceberg; INSTALL httpfs; LOAD httpfs;" in text, text
for statement in re.sub(r"(INSTALL|LOAD) \\w+;", "", text).split(";"):
    if statement.strip():
        last, shown = statement, lake.execute(statement)
print(shown.to_arrow_table().num_rows, lake.execute(re.sub(r"SELECT \\*(.*) LIMIT 10\\s*$", r"SELECT count(*)\\1", last)).fetchone()[0])
`;

browserTest('what other engines read is what the page says', async ({ page, t }) => {
  if (!python) return t.skip('there is no Python with PyIceberg and DuckDB');
  await signedIn(page, `/datasets/${server.dataset}?tab=read`);
  const text = (engine) => page.getByRole('region', { name: engine, exact: true }).innerText();
  await page.getByRole('region', { name: 'PyIceberg', exact: true }).waitFor();
  const code = Object.fromEntries(await Promise.all(['A token', 'PyIceberg', 'DuckDB', 'Spark'].map(async (engine) => [engine, await text(engine)])));
  // The one for Spark is not run here: it says what the how-to says.
  const settings = (command) => [...command.matchAll(/--conf ([\w.-]+)|--packages (\S+)/g)].map(([, name, packages]) => name ?? packages).sort();
  const guide = fs.readFileSync(new URL('../../../../docs/how-to/read-with-other-engines.md', import.meta.url), 'utf8');
  assert.deepEqual(settings(code.Spark), settings(guide));
  const bearer = await token();
  const expected = await page.evaluate(async (id) => {
    const load = (path) => import(new URL(path, document.querySelector('script[type=module]').src).href);
    return (await (await load('lib/catalog.js')).tableOf(id)).rows;
  }, server.dataset);
  assert.ok(expected > 0);

  const counts = '\nprint(table.scan(limit=10).to_arrow().num_rows, table.scan().to_arrow().num_rows)\n';
  const both = `${Math.min(10, expected)} ${expected}`;
  assert.equal(await run(python, ['-'], code.PyIceberg.replace('"TOKEN"', `"${bearer}"`) + counts), both);
  const renewed = code.PyIceberg.replace('token="TOKEN"', /credential="CLIENT_ID:CLIENT_SECRET"/.exec(code.PyIceberg)[0]);
  assert.equal(await run(python, ['-'], renewed.replace('CLIENT_ID:CLIENT_SECRET', `${server.clientId}:${server.clientSecret}`) + counts), both);
  const duckdb = code.DuckDB.replace("'TOKEN'", `'${bearer}'`);
  assert.equal(await run(python, ['-c', DUCKDB], duckdb), both);
  const fetched = await run('sh', ['-c', `${code['A token']}\necho "$TOKEN"`], '');
  const known = await fetch(BASE, { headers: { authorization: `Bearer ${fetched}`, 'x-api-key': server.clientId, 'x-gw-ims-org-id': JSON.parse(atob(fetched.split('.')[1])).org } });
  assert.equal(known.status, 200, 'the command for a token gives one');
});
