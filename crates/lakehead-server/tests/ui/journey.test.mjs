// From an empty server to rows that can be read, and from a file that went wrong to all of its rows: without a mouse.
// What each way takes (keys, characters, pages, time) is noted, not judged.
import assert from 'node:assert/strict';
import { keyboard } from './keyboard.mjs';
import { audit, browserTest, note, server } from './support.mjs';

const DATASET = 'Shop orders';
const FLOW = `orders to ${DATASET}`;

async function signIn(page, keys) {
  await page.goto(`${server.base}/ui/`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.waitForFunction(() => document.activeElement.tagName === 'INPUT');
  await keys.fill('Client ID', server.clientId);
  await keys.fill('Client secret', server.clientSecret);
  await keys.press('Enter');
  await keys.arrived('Overview');
}

// What audits take is no part of the way.
function stopwatch() {
  const since = performance.now();
  let apart = 0;
  return {
    look: async (page, name) => {
      const begin = performance.now();
      await audit(page, name);
      apart += performance.now() - begin;
    },
    seconds: () => Math.round((performance.now() - since - apart) / 100) / 10,
  };
}

function told(t, name, keys, watch) {
  const { keys: pressed, characters, pages } = keys.said();
  const seconds = watch.seconds();
  note({ kind: 'journey', name, seconds, keys: pressed, characters, pages });
  t.diagnostic(`${name}: ${seconds} s, ${pressed} keys and ${characters} characters typed, ${pages.length} pages and steps`);
}

const figure = (page, name) => page.locator('.stat').filter({ has: page.getByText(name, { exact: true }) }).locator('.stat-value');

browserTest('from an empty server to the rows of a folder, with the keyboard alone', async ({ page, t }) => {
  const watch = stopwatch();
  const { look } = watch;
  const keys = keyboard(page);
  await signIn(page, keys);
  await look(page, 'journey-overview-empty');
  await keys.to('link', 'Choose a source');
  await keys.press('Enter');
  await keys.arrived('Sources');
  await keys.to('link', 'Add data from Amazon S3');
  await keys.press('Enter');

  // An account.
  await keys.arrived('Add data from Amazon S3');
  await keys.fill('Name', 'Shop bucket');
  await keys.fill('S3 access key', server.s3.accessKey);
  await keys.fill('S3 secret key', server.s3.secretKey);
  await keys.fill('Service URL', server.s3.endpoint);
  await keys.fill('Bucket name', server.s3.bucket);
  await keys.press('Enter');

  // Files of a folder, by a pattern.
  await keys.arrived('Select data');
  await keys.choose('treeitem', 'shop', { key: 'ArrowDown' });
  await keys.press('ArrowRight');
  await page.getByRole('treeitem', { name: 'orders' }).waitFor();
  await keys.press('ArrowDown');
  await keys.press('Enter');
  await page.getByText('2 files match').waitFor();
  await keys.choose('radio', 'Files by pattern');
  await page.getByRole('status').getByText(/^The first 40 rows with 5 columns/).waitFor();
  await page.getByRole('region', { name: 'Rows of the file' }).getByText('person1@example.com').waitFor();
  await look(page, 'journey-select-data');
  await keys.to('button', 'Next');
  await keys.press('Enter');

  // A dataset with the schema that is proposed. An order without an amount is none.
  await keys.arrived('Dataset');
  await keys.fill('Name of the dataset', DATASET);
  await keys.to('checkbox', 'Required: amount');
  await keys.press('Space');
  assert.equal(await page.getByLabel('Type of amount', { exact: true }).inputValue(), 'number');
  await look(page, 'journey-dataset');
  await keys.press('Control+Enter');

  // The mapping: proposed with the schema; what is suggested beyond it is taken.
  await keys.arrived('Mapping');
  await page.getByText('5 fields mapped').waitFor();
  await page.getByText('No sample row would be rejected').waitFor();
  await look(page, 'journey-mapping');
  await keys.press('Control+Enter');

  // Once, now.
  await keys.arrived('Schedule');
  await page.getByText('Once').first().waitFor();
  await keys.to('button', 'Next');
  await keys.press('Enter');

  await keys.arrived('Review');
  await page.getByText('All 40 sample rows would land').waitFor();
  await look(page, 'journey-review');
  await keys.to('button', 'Finish');
  await keys.press('Enter');

  // The run, until it has ended by itself.
  await keys.arrived(`Run of ${FLOW}`);
  await page.getByText('80 rows landed').waitFor();
  await look(page, 'journey-run');
  await keys.to('link', 'See the rows');
  await keys.press('Enter');
  await keys.arrived(DATASET);
  const preview = page.getByRole('region', { name: 'Preview of rows' });
  for (const text of ['A-00001', 'person80@example.com', '2026-01-02']) await preview.getByText(text, { exact: true }).first().waitFor();
  assert.equal(await preview.getByRole('row').count(), 81, 'eighty rows and a heading');
  await look(page, 'journey-rows');
  told(t, 'from nothing to rows', keys, watch);
});

// It goes on where the first has ended: a file arrives that has another way to write amounts.
browserTest('a file with rejected rows is understood, and mended by another mapping, with the keyboard alone', async ({ page, t }) => {
  const watch = stopwatch();
  const { look } = watch;
  const keys = keyboard(page);
  const put = await fetch(server.late.url, { method: 'PUT', body: server.late.rows });
  assert.ok(put.ok, await put.text());
  await signIn(page, keys);
  await keys.to('link', 'Dataflows');
  await keys.press('Enter');
  await keys.arrived('Dataflows');
  await keys.to('link', FLOW);
  await keys.press('Enter');
  await keys.arrived(FLOW);
  await keys.to('button', 'Run now');
  await keys.press('Enter');
  await page.getByRole('dialog', { name: 'Run now' }).waitFor();
  await keys.to('button', 'Run now', { within: page.getByRole('dialog') });
  await keys.press('Enter');

  // What went wrong, where, and why.
  await keys.arrived(`Run of ${FLOW}`);
  await page.getByText('58 rows landed, 2 rejected').waitFor();
  const cause = page.getByRole('region', { name: 'DCVS-1104-400', exact: true });
  const row = cause.getByRole('region', { name: 'Rejected rows, DCVS-1104-400' }).getByRole('row').filter({ hasText: '2026-03.csv' }).first();
  await row.getByText('amount').first().waitFor();
  await row.getByText(/5,90/).first().waitFor();
  await cause.getByText('What to do:').waitFor();
  await look(page, 'journey-rejected');

  // The mapping, tried on the rows that were rejected.
  await keys.to('link', 'Change the mapping');
  await keys.press('Enter');
  await keys.arrived(`${FLOW}: mapping`);
  await page.getByText('2 of 2 sample rows would be rejected').waitFor();
  await look(page, 'journey-mapping-wrong');
  await keys.to('button', /^Calculate .*\.amount$/);
  await keys.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Calculated field' });
  await dialog.waitFor();
  await keys.fill('Expression', 'replacestr(amount, ",", ".")', { within: dialog });
  await dialog.getByText('This can be computed.').waitFor();
  await dialog.getByRole('listitem').filter({ hasText: '5.90' }).or(dialog.getByText('5.9', { exact: true })).first().waitFor();
  await look(page, 'journey-calculated');
  await keys.to('button', 'Save', { within: dialog });
  await keys.press('Enter');
  await page.getByText('No sample row would be rejected').waitFor();
  await keys.to('button', 'Save as a new version');
  await keys.press('Enter');
  await page.getByText('Saved as version 1').waitFor();
  await keys.to('button', `Use version 1 in ${FLOW}`);
  await keys.press('Enter');
  await page.getByText('uses version 1. Go back').waitFor();
  await look(page, 'journey-mapping-right');
  await keys.to('link', 'Back to the run');
  await keys.press('Enter');

  // The file is read again through it.
  await keys.arrived(`Run of ${FLOW}`);
  await keys.to('button', /^Redo .*2026-03\.csv$/);
  await keys.press('Enter');
  const question = page.getByRole('dialog', { name: 'Redo this file?' });
  await question.getByRole('combobox', { name: 'Version of the mapping' }).filter({ hasText: '1, which the dataflow has now, the newest' }).waitFor();
  await look(page, 'journey-redo');
  await keys.to('button', 'Read again', { within: question });
  await keys.press('Enter');
  await page.getByText('60 rows landed').waitFor();
  assert.equal(await figure(page, 'Rows rejected').innerText(), '0');
  await keys.arrived(`Run of ${FLOW}`);
  await look(page, 'journey-redone');
  await keys.to('link', 'See the rows');
  await keys.press('Enter');
  await keys.arrived(DATASET);
  const preview = page.getByRole('region', { name: 'Preview of rows' });
  for (const id of ['A-00090', 'A-00120', 'A-00140']) await preview.getByText(id, { exact: true }).waitFor();
  await preview.getByRole('row').filter({ hasText: 'A-00090' }).getByText('5.9', { exact: true }).waitFor();
  await page.locator('.summary').getByText('140', { exact: true }).waitFor();
  await look(page, 'journey-mended');
  told(t, 'from a rejected row to its repair', keys, watch);
});
