// What is done with a run: cancelled while it works; read again afterwards, whole and one file of it.
import assert from 'node:assert/strict';
import { audit, browserTest, server, signedIn } from './support.mjs';

const figure = (page, name) => page.locator('.stat').filter({ has: page.getByText(name, { exact: true }) }).locator('.stat-value').innerText();

// The page has gone on to another run.
async function led(page, act) {
  const before = page.url();
  await act();
  await page.waitForURL((url) => url.href !== before && /\/runs\/[0-9a-f-]{36}$/.test(url.pathname));
}

async function asked(page, title, action) {
  const dialog = page.getByRole('dialog', { name: title });
  await dialog.getByRole('button', { name: action }).click();
  await dialog.waitFor({ state: 'detached' });
}

browserTest('a run that works is cancelled, and nothing of it lands', async ({ page }) => {
  await signedIn(page, `/flows/${server.changed.cancelled}`);
  await page.getByRole('button', { name: 'Run now' }).click();
  await led(page, () => asked(page, 'Run now', 'Run now'));
  await page.locator('.progress').filter({ hasText: /[1-9][\d,]* rows read in/ }).waitFor();
  await page.getByRole('button', { name: 'Cancel the run' }).click();
  await page.getByRole('dialog', { name: 'Cancel this run?' }).getByText('Nothing of it lands').waitFor();
  await audit(page, 'run-cancel');
  await asked(page, 'Cancel this run?', 'Cancel the run');
  await page.locator('.head-state').getByText('cancelled', { exact: true }).waitFor();
  assert.match(await figure(page, 'Rows landed'), /^(0|–)$/);
  assert.equal(await page.getByRole('button', { name: 'Cancel the run' }).count(), 0);
  await page.getByRole('button', { name: 'Retry' }).waitFor();
  await audit(page, 'run-cancelled');
  // Nobody is told that it failed.
  const row = page.getByRole('region', { name: 'Dataflows' }).getByRole('row').filter({ hasText: 'One to be cancelled' });
  await page.goto(`${server.base}/ui/flows?last=cancelled`);
  await row.getByText('cancelled', { exact: true }).waitFor();
  await row.getByRole('img', { name: /Recent runs.*cancelled/ }).waitFor();
  await page.getByLabel('Last run', { exact: true }).selectOption('failed');
  await row.waitFor({ state: 'detached' });
  await page.goto(`${server.base}/ui/`);
  await page.getByText(/, 1 was cancelled, /).waitFor();
  const needs = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Needs you' }) });
  await needs.getByRole('link').first().waitFor();
  assert.equal(await needs.getByText('One to be cancelled').count(), 0);
  await audit(page, 'overview-cancelled');
  await page.getByRole('link', { name: '1 run cancelled' }).click();
  const runs = page.getByRole('region', { name: 'Runs' });
  await runs.getByRole('link', { name: 'One to be cancelled' }).waitFor();
  assert.equal(await runs.getByText('failed', { exact: true }).count(), 0);
});

browserTest('a run is redone, then one of its files, and each new run says where it comes from', async ({ page }) => {
  await signedIn(page, `/runs?flow=${server.changed.redone}`);
  await page.getByRole('region', { name: 'Runs' }).getByRole('link').first().click();
  await page.getByText('30 rows landed').waitFor();
  const first = page.url().split('/').at(-1);
  await page.getByRole('button', { name: 'Redo', exact: true }).click();
  await page.getByRole('dialog').getByText(/^Reads the 2 files of this run again.* up to 30 rows from before/).waitFor();
  await audit(page, 'run-redo');
  await led(page, () => asked(page, 'Redo this run?', 'Read again'));
  await page.getByText('30 rows landed').waitFor();
  await page.getByRole('link', { name: first }).waitFor();
  const second = page.url().split('/').at(-1);
  await page.getByRole('button', { name: /^Redo .*second\.csv$/ }).click();
  await page.getByRole('dialog').getByText(/^Reads this file again.* up to 20 rows from before/).waitFor();
  await led(page, () => asked(page, 'Redo this file?', 'Read again'));
  await page.getByText('20 rows landed').waitFor();
  await page.getByRole('link', { name: second }).waitFor();
  assert.equal(await page.getByRole('region', { name: 'Files of the run' }).getByRole('row').count(), 2, 'a heading and one file');
  await audit(page, 'run-redone');
});
