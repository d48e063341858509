// Runs: the overview, the list, one run with its rejected rows, and taking a file out again.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { audit, browserTest, server, signedIn } from './support.mjs';

const NAUGHTY = '<img src=x onerror=alert(1)>';
const armed = (page) => page.on('dialog', () => assert.fail('something of the data was run'));

async function openRun(page, flow) {
  await signedIn(page, `/runs?flow=${flow}`);
  await page.getByRole('region', { name: 'Runs' }).getByRole('row').last().getByRole('link').first().click();
  await page.getByRole('heading', { name: /^Run of/ }).waitFor();
}

browserTest('the overview says at one glance what failed and why', async ({ page }) => {
  armed(page);
  await signedIn(page, '/');
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  await page.getByText(/1 run failed in the last 7 days/).waitFor();
  const needs = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Needs you' }) });
  await needs.getByRole('link', { name: 'Orders that went away' }).waitFor();
  await page.getByText('CONNECTOR-1001-500').waitFor();
  await page.getByText('Check the path and the credentials').waitFor();
  await page.locator('.u-over').first().waitFor();
  await audit(page, 'overview');
  await page.getByRole('link', { name: 'Copy failed' }).click();
  await page.getByRole('region', { name: 'Runs' }).getByRole('link', { name: 'Orders that went away' }).waitFor();
});

browserTest('all runs, filtered', async ({ page }) => {
  armed(page);
  await signedIn(page, '/runs');
  const table = page.getByRole('region', { name: 'Runs' });
  await table.getByRole('link', { name: `Flawed ${NAUGHTY}` }).first().waitFor();
  await audit(page, 'runs');
  await page.getByRole('searchbox', { name: 'Name or id of a dataflow' }).fill('WENT AWAY');
  await table.getByRole('link', { name: `Flawed ${NAUGHTY}` }).first().waitFor({ state: 'detached' });
  await table.getByRole('link', { name: 'Orders that went away' }).waitFor();
  await page.getByRole('searchbox', { name: 'Name or id of a dataflow' }).fill('no such dataflow');
  await page.getByText('No run fits').waitFor();
  await page.getByRole('button', { name: 'Show all runs' }).click();
  await table.getByRole('link', { name: `Flawed ${NAUGHTY}` }).first().waitFor();
  await page.getByLabel('State', { exact: true }).selectOption('rejected');
  await table.getByRole('link', { name: 'Orders that went away' }).waitFor({ state: 'detached' });
  await table.getByRole('link', { name: `Flawed ${NAUGHTY}` }).first().waitFor();
  await page.getByLabel('Time', { exact: true }).selectOption('dates');
  await page.getByLabel('To', { exact: true }).fill('2001-01-01');
  await page.getByText('No run fits').waitFor();
});

browserTest('the id of a dataflow finds its runs, also when the dataflow is not found any more', async ({ page }) => {
  await page.route(/\/flows\?.*search=/, (route) => route.fulfill({ json: { items: [], _page: { count: 0 } } }));
  await signedIn(page, `/runs?flow=${server.flow.toUpperCase()}`);
  const rows = page.getByRole('region', { name: 'Runs' }).getByRole('row');
  await rows.nth(1).waitFor();
  const flows = await rows.getByRole('link').evaluateAll((links) => links.map((link) => link.pathname).filter((path) => path.includes('/flows/')));
  assert.deepEqual([...new Set(flows)], [`/ui/flows/${server.flow}`]);
});

browserTest('rejected rows are shown as they were read, with what to do, and can be kept', async ({ page }) => {
  armed(page);
  await openRun(page, server.flawed.rejected);
  const unread = page.getByRole('region', { name: 'INGEST-1401-400', exact: true });
  await unread.getByText('What to do:').waitFor();
  const rows = page.getByRole('region', { name: 'Rejected rows, INGEST-1401-400' });
  const first = rows.getByRole('row').filter({ hasText: `${NAUGHTY},too,few` });
  await first.getByText(`flawed/${NAUGHTY}.csv`).waitFor();
  assert.match(await first.innerText(), /\b21\b/, 'the row of the file is named');
  await page.getByText('Header does not fit').waitFor();
  await audit(page, 'run');
  assert.equal(await page.locator('main img').count(), 0, 'nothing of the data is markup');
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /parsing_errors_0\.json/ }).click()]);
  const lines = fs.readFileSync(await saved.path(), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(lines.some((line) => line._corrupt_record === `${NAUGHTY},too,few`), JSON.stringify(lines));
});

browserTest('one file is taken out again after a question that says what will happen', async ({ page }) => {
  armed(page);
  await openRun(page, server.flawed.rejected);
  await page.getByRole('button', { name: /^Undo .*good\.csv/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Undo this file?' });
  await dialog.getByText(/Takes up to 30 rows of this file out of the dataset/).waitFor();
  await audit(page, 'run-undo');
  await dialog.getByRole('button', { name: 'Take the rows out' }).click();
  await page.getByText('30 rows taken out of the table').waitFor();
  await audit(page, 'run-undone');
});

browserTest('a failed run says why, and is retried', async ({ page }) => {
  await openRun(page, server.flawed.failed);
  await page.getByText('Check the path and the credentials').waitFor();
  await audit(page, 'run-failed');
  const before = page.url();
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.waitForURL((url) => url.href !== before);
  await page.getByText('Made by').waitFor();
  await page.getByRole('main').getByText('failed', { exact: true }).first().waitFor();
});
