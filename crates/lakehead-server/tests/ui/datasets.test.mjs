// Datasets: rows, fields, batches, snapshots, labels; undo and redo of a file; markup in data executes nothing.
import assert from 'node:assert/strict';
import { audit, browserTest, server, signedIn } from './support.mjs';

// A dataset without labels is a 404 of the Dataset Service, which browsers log.
const NO_LABELS = { allowed: ['404'] };

async function opened(page, where) {
  page.on('dialog', (dialog) => { throw new Error(`something was executed: ${dialog.message()}`); });
  // What is asked for is not in the sandbox that one begins with.
  await signedIn(page, '/datasets');
  await page.getByLabel('Sandbox').selectOption(server.spare.sandbox);
  if (where !== '/datasets') await page.goto(`${server.base}/ui${where}`);
}

const tab = (page, name) => page.getByRole('tab', { name }).click();
const dataset = () => `/datasets/${server.spare.dataset}`;

browserTest('the list of datasets leads to the rows, and markup in them is text', async ({ page }) => {
  await opened(page, '/datasets');
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Customers' }) });
  await row.getByText('11', { exact: true }).waitFor();
  await row.getByText('success').waitFor();
  await page.getByRole('button', { name: 'Name' }).click();
  await row.waitFor();
  await audit(page, 'datasets');
  const asked = [];
  page.on('request', (request) => /\/dataSets\?/.test(request.url()) && asked.push(new URL(request.url()).searchParams.get('property')));
  const answered = page.waitForResponse((response) => response.url().includes('CUSTOM'));
  await page.getByRole('searchbox', { name: 'Search datasets' }).fill('CUSTOM');
  await answered;
  await row.waitFor();
  assert.deepEqual(asked, ['name~(?i)CUSTOM']);
  await page.getByRole('searchbox', { name: 'Search datasets' }).fill('<b>none (of) them*');
  await page.getByText('No dataset of this sandbox is called “<b>none (of) them*”.').waitFor();
  await page.getByRole('button', { name: 'Show all datasets' }).click();
  await row.getByRole('link').click();
  const preview = page.getByRole('region', { name: 'Preview of rows' });
  await preview.getByText('<script>alert(1)</script>').waitFor();
  await preview.getByText('<img src=x onerror=alert(2)>').waitFor();
  await preview.getByText('"><svg/onload=alert(3)>').waitFor();
  assert.equal(await preview.getByRole('row').count(), 12, 'eleven rows and a heading');
  assert.equal(await page.evaluate(() => document.querySelectorAll('main script, main img, main b').length), 0);
  await audit(page, 'dataset-preview');
  await page.getByRole('button', { name: 'Show row 1 whole' }).click();
  await page.getByRole('dialog').getByText('"personalEmail"').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('searchbox', { name: 'Search columns' }).fill('lastname');
  await preview.getByText('person.name', { exact: true }).waitFor();
  assert.equal(await preview.getByRole('columnheader').count(), 2);
});

// What a list found in one sandbox is not looked up in the other, which does not have it: neither by the list, whose look-ups
// wait for each other, nor by a call that begins late.
browserTest('nothing of a page is asked for in a sandbox that was chosen since', async ({ page }) => {
  await signedIn(page, '/sources');
  const more = await page.evaluate(async (like) => {
    const { call, CATALOG } = await import('/ui/files/now/lib/api.js');
    const { schemaRef } = (await call('GET', `${CATALOG}/dataSets/${like}`))[like];
    const make = (number) => call('POST', `${CATALOG}/dataSets`, { body: { name: `Looked up ${number}`, schemaRef } });
    return (await Promise.all([1, 2, 3, 4, 5].map(make))).map(([made]) => made.split('/').at(-1));
  }, server.dataset);
  // Look-ups of tables wait, and find nothing in the very moment another sandbox is chosen.
  await page.evaluate(() => {
    const real = globalThis.fetch;
    const open = new Promise((go) => { globalThis.go = go; });
    globalThis.tables = [];
    globalThis.fetch = async (request, ...more) => {
      const { pathname } = new URL(request.url ?? request, location.href);
      if (!pathname.includes('/namespaces/datasets/tables/')) return real(request, ...more);
      globalThis.tables.push(pathname);
      await open;
      return new Response('{}', { status: 404 });
    };
  });
  await page.getByRole('link', { name: 'Datasets', exact: true }).click();
  await page.waitForFunction(() => globalThis.tables.length === 4);
  const late = await page.evaluate(async (chosen) => {
    const { chooseSandbox } = await import('/ui/files/now/lib/session.js');
    chooseSandbox(chosen);
    globalThis.go();
    // Longer than it takes until the page is drawn anew.
    await new Promise((drawn) => setTimeout(drawn, 1000));
    return globalThis.tables.slice(4);
  }, server.spare.sandbox);
  assert.deepEqual(late, [`/iceberg/v1/${server.spare.sandbox}/namespaces/datasets/tables/${server.spare.dataset}`]);
  const found = await page.evaluate(async () => {
    const { within } = await import('/ui/files/now/lib/load.js');
    const { chooseSandbox, sandbox } = await import('/ui/files/now/lib/session.js');
    const { call } = await import('/ui/files/now/lib/api.js');
    const before = sandbox.value;
    const [gone, same] = [within(before), within(before)];
    chooseSandbox(before);
    const kept = !same.signal.aborted;
    chooseSandbox('prod');
    const sent = await call('GET', '/data/foundation/catalog/dataSets/late', { signal: gone.signal }).catch((error) => error.name);
    return { kept, sent, late: within(before).signal.aborted, now: within('prod').signal.aborted };
  });
  assert.deepEqual(found, { kept: true, sent: 'AbortError', late: true, now: false });
  await page.evaluate(async (ids) => {
    const { call, CATALOG } = await import('/ui/files/now/lib/api.js');
    for (const id of ids) await call('DELETE', `${CATALOG}/dataSets/${id}`);
  }, more);
});

browserTest('fields, snapshots and how to read a dataset', async ({ page }) => {
  await opened(page, dataset());
  await tab(page, 'Fields');
  await page.getByRole('searchbox', { name: 'Search fields' }).fill('lastName');
  await page.getByRole('treeitem', { name: /^lastName/ }).click();
  await page.getByText('person.name.lastName').waitFor();
  await audit(page, 'dataset-fields');
  await tab(page, /Snapshots/);
  await page.getByRole('region', { name: 'Snapshots' }).getByText('rows came').waitFor();
  await audit(page, 'dataset-snapshots');
  await tab(page, 'How to read it');
  const address = `${server.base}/iceberg`;
  const python = page.getByRole('region', { name: 'PyIceberg' });
  await python.getByText(`uri="${address}", warehouse="${server.spare.sandbox}"`).waitFor();
  await page.getByRole('region', { name: 'ClickHouse' }).getByText(`DataLakeCatalog('${address}/v1')`).waitFor();
  const shown = await page.locator('main').innerText();
  assert.ok(!shown.includes(server.clientSecret) && !/ey[\w-]{20}/.test(shown), 'neither token nor secret is shown');
  await audit(page, 'dataset-read');
});

browserTest('labels, name and tags of a dataset change; what a flow writes into stays', async ({ page }) => {
  await opened(page, dataset());
  await tab(page, 'Labels');
  await page.getByRole('button', { name: 'Add label C2' }).click();
  await page.getByRole('button', { name: 'Remove label C2' }).waitFor();
  await page.getByRole('button', { name: 'Add label I1' }).click();
  await page.getByRole('button', { name: 'Remove label I1' }).waitFor();
  await page.getByRole('button', { name: 'Remove label C2' }).click();
  await page.getByRole('button', { name: 'Add label C2' }).waitFor();
  await audit(page, 'dataset-labels');
  await tab(page, 'Settings');
  await page.getByLabel('Key').fill('team');
  await page.getByLabel('Values, separated by commas').fill('a, <b>b</b>');
  await page.getByRole('button', { name: 'Add tag' }).click();
  await page.getByText('a, <b>b</b>').waitFor();
  await page.getByRole('button', { name: 'Remove tag team' }).click();
  await page.getByText('No tags of your own').waitFor();
  await page.getByText('1 dataflow writes into this dataset').waitFor();
  await page.getByText('<b>spare</b> flow').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Delete dataset' }).isDisabled());
  await page.getByLabel('Name', { exact: true }).fill('Customers renamed');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Customers renamed' }).waitFor();
  await audit(page, 'dataset-settings');
  await page.getByLabel('Name', { exact: true }).fill('Customers');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Customers', exact: true }).waitFor();
}, NO_LABELS);

browserTest('a file is undone and read again, and the audit trail says so', async ({ page }) => {
  await opened(page, `${dataset()}?tab=batches`);
  const batches = page.getByRole('region', { name: 'Batches' });
  await audit(page, 'dataset-batches');
  await batches.getByRole('link').first().click();
  const files = page.getByRole('region', { name: 'Source files' });
  const naughty = files.getByRole('row').filter({ hasText: '<img src=x onerror=alert(4)>.csv' });
  await naughty.waitFor();
  await page.getByRole('region', { name: 'Data files' }).getByRole('button', { name: /^Download/ }).first().waitFor();
  await audit(page, 'batch');
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: /^Download/ }).first().click();
  assert.match((await saved).suggestedFilename(), /\.parquet$/);

  await naughty.getByRole('button', { name: /^Undo/ }).click();
  const question = page.getByRole('dialog', { name: /this file\?$/ });
  await question.getByText(/^Takes up to 1 row of this file out of the dataset/).waitFor();
  await audit(page, 'batch-undo');
  await question.getByRole('button', { name: 'Cancel' }).click();
  assert.ok(await naughty.getByRole('button', { name: /^Undo/ }).isEnabled(), 'nothing was done');
  await naughty.getByRole('button', { name: /^Undo/ }).click();
  await question.getByRole('button', { name: 'Take the rows out' }).click();
  // The run that does it is shown, here as everywhere.
  await page.getByText('1 row taken out of the table').waitFor();
  await page.goBack();
  await naughty.getByText('undone').waitFor();
  await audit(page, 'batch-undone');
  await page.getByRole('link', { name: 'Customers' }).click();
  const preview = page.getByRole('region', { name: 'Preview of rows' });
  await preview.getByText('Example 3', { exact: true }).waitFor();
  assert.equal(await preview.getByText('<script>').count(), 0, 'its row is gone');
  await tab(page, /Snapshots/);
  await page.getByText(/^rows were taken out/).first().waitFor();

  await page.goBack();
  await naughty.getByRole('button', { name: /^Redo/ }).click();
  await question.getByRole('button', { name: 'Read again' }).click();
  await page.getByText('1 row landed').waitFor();
  await page.getByRole('link', { name: 'See the rows' }).click();
  await preview.getByText('<script>alert(1)</script>').waitFor();

  await page.getByRole('link', { name: 'Audit trail' }).click();
  await page.getByLabel('Of', { exact: true }).selectOption('run');
  await page.getByLabel('Sandbox', { exact: true }).last().fill(server.spare.sandbox);
  const events = page.getByRole('region', { name: 'Events' });
  await events.getByRole('row').filter({ hasText: server.spare.sandbox }).nth(1).waitFor();
  await audit(page, 'audit');
  await events.getByRole('button', { name: /^Details/ }).first().click();
  await page.getByRole('dialog').getByRole('region', { name: 'Details' }).waitFor();
});
