// What the wizard makes is made once, though the answer to the first request of each kind is lost on its way.
import assert from 'node:assert/strict';
import { browserTest, server, signedIn } from './support.mjs';

const S3 = 'ecadc60c-7455-4d87-84dc-2a0e293d997b';
const LISTS = {
  connections: '/data/foundation/flowservice/connections?limit=100',
  sourceConnections: '/data/foundation/flowservice/sourceConnections?limit=100',
  targetConnections: '/data/foundation/flowservice/targetConnections?limit=100',
  flows: '/data/foundation/flowservice/flows?limit=100',
  mappingSets: '/data/foundation/conversion/mappingSets?limit=100',
  dataSets: '/data/foundation/catalog/dataSets?limit=100',
  schemas: '/data/foundation/schemaregistry/tenant/schemas?limit=300',
  fieldgroups: '/data/foundation/schemaregistry/tenant/fieldgroups?limit=300',
};

const WRITES = /\/(connections|sourceConnections|targetConnections|flows|mappingSets|dataSets|schemas|fieldgroups)(\?[^/]*)?$/;

// How many there are of each kind.
const counted = (page) => page.evaluate(async (lists) => {
  const { token, apiKey, org } = JSON.parse(sessionStorage.getItem('lakehead.session'));
  const headers = { authorization: `Bearer ${token}`, 'x-api-key': apiKey, 'x-gw-ims-org-id': org, 'x-sandbox-name': 'prod' };
  return Object.fromEntries(await Promise.all(Object.entries(lists).map(async ([name, path]) => {
    const accept = path.includes('schemaregistry') ? 'application/vnd.adobe.xed-id+json' : '*/*';
    const body = await (await fetch(path, { headers: { ...headers, accept } })).json();
    return [name, (body.items ?? body.results ?? body.data ?? Object.keys(body)).length];
  })));
}, LISTS);

// Requests reach the server and are done; the browser never hears of it. Answers the kinds that were lost so.
async function loseAnswers(page) {
  const lost = [];
  await page.route(WRITES, async (route) => {
    const kind = new URL(route.request().url()).pathname.split('/').at(-1);
    if (route.request().method() !== 'POST' || lost.includes(kind)) return route.continue();
    const response = await route.fetch();
    assert.ok(response.ok(), `${kind}: ${response.status()}`);
    lost.push(kind);
    return route.abort();
  });
  return lost;
}

const again = (page, name) => page.getByRole('button', { name, exact: true });
const refused = (page) => page.getByRole('alert').getByText('The server does not answer').waitFor();

browserTest('a create whose answer is lost is not made again', async ({ page }) => {
  await signedIn(page, `/sources/${S3}/add`);
  const name = `Once ${Date.now()}`;
  const before = await counted(page);
  const lost = await loseAnswers(page);
  await page.getByText('New account', { exact: true }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  const fields = [[/^S3 access key/i, server.s3.accessKey], [/^S3 secret key/i, server.s3.secretKey], [/^Service URL/i, server.s3.endpoint], [/^Bucket/i, server.s3.bucket]];
  for (const [label, text] of fields) await page.getByRole('textbox', { name: label }).or(page.getByLabel(label)).first().fill(text);
  await again(page, 'Connect').click();
  await refused(page);
  await again(page, 'Connect').click();
  await page.getByRole('treeitem', { name: 'people' }).click();
  await page.getByRole('status').getByText(/^The first/).waitFor();
  await again(page, 'Next').click();

  await page.getByLabel('Name of the dataset').fill(name);
  for (const kind of ['fieldgroups', 'schemas']) {
    await again(page, 'Next').click();
    await refused(page);
    assert.equal(lost.at(-1), kind);
  }
  // What was lost is known after a reload too.
  await page.reload();
  await again(page, 'Next').click();
  await page.getByRole('heading', { name: 'Mapping', exact: true }).waitFor();
  await again(page, 'Next').click();
  await page.getByRole('heading', { name: 'Schedule', exact: true }).waitFor();
  await again(page, 'Next').click();
  for (const kind of ['dataSets', 'sourceConnections', 'targetConnections', 'mappingSets', 'flows']) {
    // By keyboard: a click while the page still grows may miss the button.
    await again(page, 'Finish').press('Enter');
    await refused(page);
    assert.equal(lost.at(-1), kind);
    if (kind === 'targetConnections') await page.reload();
  }
  // The flow runs already, whatever is changed now: no second one lands everything again.
  await page.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name: 'Schedule' }).click();
  await page.getByLabel('Name of the dataflow', { exact: true }).fill('changed too late');
  await again(page, 'Next').click();
  await again(page, 'Finish').click();
  await page.getByText('The dataflow was there already, without your last changes').waitFor();
  await page.waitForURL(/\/ui\/(runs|flows)\//);
  const now = await counted(page);
  assert.deepEqual(now, Object.fromEntries(Object.entries(before).map(([kind, number]) => [kind, number + 1])));
}, { allowed: ['404', 'ERR_FAILED'] });

browserTest('what was made of choices that changed goes, so that its title is free', async ({ page }) => {
  await signedIn(page, `/sources/${S3}/add?account=${server.connection}`);
  const name = `Changed ${Date.now()}`;
  const before = await counted(page);
  await page.getByRole('radio', { name: /S3 of the tests/ }).and(page.locator(':checked')).waitFor();
  await again(page, 'Next').click();
  await page.getByRole('treeitem', { name: 'people' }).click();
  await page.getByRole('status').getByText(/^The first/).waitFor();
  await again(page, 'Next').click();
  await page.getByLabel('Name of the dataset').fill(name);
  await again(page, 'Next').click();
  await page.getByRole('heading', { name: 'Mapping', exact: true }).waitFor();
  await again(page, 'Back').click();
  await page.getByLabel('Type of id', { exact: true }).selectOption('string');
  await again(page, 'Next').click();
  await page.getByRole('heading', { name: 'Mapping', exact: true }).waitFor();
  const oneOfEach = async () => {
    const now = await counted(page);
    assert.deepEqual([now.schemas - before.schemas, now.fieldgroups - before.fieldgroups], [1, 1]);
  };
  await oneOfEach();

  // A wrong name takes nothing away: with the former one it goes on with what is there.
  await again(page, 'Back').click();
  const field = page.getByLabel('Name of the field of id', { exact: true });
  const former = await field.inputValue();
  await field.fill('not a name');
  await again(page, 'Next').click();
  await page.getByRole('alert').getByText('A name has to be corrected').waitFor();
  await oneOfEach();
  await field.fill(former);
  await again(page, 'Next').click();
  await page.getByRole('heading', { name: 'Mapping', exact: true }).waitFor();
  await oneOfEach();

  // What went for choices that came to nothing is made anew when they are taken back.
  await again(page, 'Back').click();
  await page.getByLabel('Type of id', { exact: true }).selectOption('long');
  const lost = await loseAnswers(page);
  await again(page, 'Next').click();
  await refused(page);
  assert.deepEqual(lost, ['fieldgroups']);
  const steps = page.getByRole('navigation', { name: 'Steps' });
  assert.equal(await steps.getByRole('button', { name: 'Mapping' }).count(), 0, 'its schema is gone');
  await page.unroute(WRITES);
  await page.getByLabel('Type of id', { exact: true }).selectOption('string');
  await again(page, 'Next').click();
  await page.getByRole('heading', { name: 'Mapping', exact: true }).waitFor();
  await oneOfEach();
}, { allowed: ['404', 'ERR_FAILED'] });
