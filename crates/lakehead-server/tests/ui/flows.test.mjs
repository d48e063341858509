// Dataflows: the list, one of them, what can be done with it.
import assert from 'node:assert/strict';
import { audit, browserTest, server, signedIn } from './support.mjs';

const NAUGHTY = 'Flawed <img src=x onerror=alert(1)>';

// Nothing that a file or a name says is ever run.
const armed = (page) => page.on('dialog', () => assert.fail('something of the data was run'));
const table = (page) => page.getByRole('region', { name: 'Dataflows' });
// Whether a chart has this colour somewhere.
function isDrawn(color) {
  return [...document.querySelectorAll('.chart-place canvas')].some((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] > 200 && color.every((part, n) => Math.abs(data[at + n] - part) < 8)) return true;
    }
    return false;
  });
}
const row = (page, name) => table(page).getByRole('row').filter({ hasText: name });

browserTest('the list of dataflows is filtered with the keyboard', async ({ page }) => {
  armed(page);
  await signedIn(page, '/flows');
  await row(page, NAUGHTY).waitFor();
  await row(page, NAUGHTY).getByRole('img', { name: /Recent runs.*success/ }).waitFor();
  await audit(page, 'flows');
  // With the longest words of each column, beside the bar by which the page is scrolled, too.
  await page.setViewportSize({ width: 1265, height: 800 });
  const [whole, seen] = await table(page).evaluate((box) => {
    const longest = ['A name that is '.repeat(10), , , '59 minutes ago', , 'every 45 minutes', 'in 59 minutes', '59 minutes ago'];
    const cells = box.querySelector('tbody tr:last-child').cells;
    longest.forEach((text, n) => { cells[n].firstElementChild ? cells[n].firstElementChild.textContent = text : cells[n].textContent = text; });
    cells[2].querySelector('.badge').textContent = 'in progress';
    return [box.scrollWidth, box.clientWidth];
  });
  assert.ok(whole <= seen, `the table is ${whole} px wide, of which ${seen} px are seen`);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.reload();
  await row(page, NAUGHTY).waitFor();
  await page.getByLabel('Last run', { exact: true }).focus();
  await page.keyboard.type('F');
  await row(page, NAUGHTY).waitFor({ state: 'detached' });
  await row(page, 'Orders that went away').getByText('failed').waitFor();
  assert.match(page.url(), /last=failed/, 'the filter is in the address');
  await page.getByRole('searchbox', { name: 'Search by name or id' }).fill('no such dataflow');
  await page.getByText('No dataflow fits').waitFor();
  await audit(page, 'flows-none');
  await page.getByRole('button', { name: 'Show all dataflows' }).click();
  await row(page, NAUGHTY).waitFor();
  await page.getByRole('searchbox', { name: 'Search by name or id' }).fill('onerror=');
  await row(page, 'Orders that went away').waitFor({ state: 'detached' });
  await row(page, NAUGHTY).waitFor();
  await page.getByRole('searchbox', { name: 'Search by name or id' }).fill(server.flawed.large);
  await row(page, 'A large one').waitFor();
  await page.getByRole('searchbox', { name: 'Search by name or id' }).fill('');
  await table(page).getByRole('button', { name: 'Name' }).focus();
  await page.keyboard.press('Enter');
  await table(page).getByRole('columnheader', { name: 'Name' }).and(page.locator('[aria-sort=ascending]')).waitFor();
  await page.waitForFunction(() => document.querySelector('tbody tr td')?.textContent === 'A large one');
});

browserTest('a dataflow shows where from and where to, its runs over time, and whether it is complete', async ({ page }) => {
  armed(page);
  await signedIn(page, `/flows/${server.flawed.rejected}`);
  await page.getByRole('heading', { name: NAUGHTY, level: 1 }).waitFor();
  const graph = page.getByRole('navigation', { name: 'From the source to the dataset' });
  for (const text of ['S3 of the tests', /\/flawed\/$/, 'Version 0', 'Customers']) await graph.getByText(text).first().waitFor();
  await page.locator('.u-over').first().waitFor();
  await audit(page, 'flow');
  // The canvas is drawn again in the colours that hold now: those of `--ok`.
  for (const [colorScheme, color] of [['dark', [114, 212, 156]], ['light', [23, 112, 60]]]) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.waitForFunction(isDrawn, color);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await page.getByRole('button', { name: 'Show as table' }).first().click();
  await page.getByRole('region', { name: 'Rows', exact: true }).getByRole('cell', { name: '50' }).first().waitFor();
  await page.getByRole('tab', { name: 'Completeness' }).click();
  await page.getByRole('button', { name: 'Verify now' }).click();
  await page.getByText('Not complete').waitFor();
  const findings = page.getByRole('region', { name: 'Findings' });
  await findings.getByText(/other\.csv/).first().waitFor();
  await audit(page, 'flow-completeness');
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByText('Up to 50 % are left out').waitFor();
  await audit(page, 'flow-settings');
}, { allowed: ['willReadFrequently'] });

browserTest('run now, and see it succeed without loading again', async ({ page }) => {
  await signedIn(page, `/flows/${server.flawed.large}`);
  await page.getByText('No runs yet').waitFor();
  await page.getByRole('button', { name: 'Run now' }).click();
  const dialog = page.getByRole('dialog', { name: 'Run now' });
  await dialog.getByText('Only files of a stretch of time').click();
  await dialog.getByLabel('From').fill('2026-01-02T03:04');
  await dialog.getByText('Give both times, or neither.').waitFor();
  await audit(page, 'flow-run-now');
  await dialog.getByLabel('From').fill('');
  await dialog.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('heading', { name: 'Run of A large one' }).waitFor();
  await page.getByText(/rows? read in|Waiting for its turn/).first().waitFor();
  await page.locator('.progress').filter({ hasText: /[1-9][\d,]* rows read in/ }).filter({ hasText: 'rows per second' }).waitFor();
  await page.getByText('1,800,000 rows landed').waitFor({ timeout: 120_000 });
  await page.getByText(/rows? read in/).waitFor({ state: 'detached' });
});

browserTest('a change is not lost when two people make one, and what is deleted is gone', async ({ page, context }) => {
  const other = await context.newPage();
  await signedIn(page, `/flows/${server.flawed.spare}`);
  await signedIn(other, `/flows/${server.flawed.spare}`);
  for (const one of [page, other]) await one.getByRole('button', { name: 'Edit' }).click();
  await audit(page, 'flow-edit');
  await other.getByLabel('Name').fill('Changed by somebody else');
  await other.getByRole('button', { name: 'Save' }).click();
  await other.getByRole('heading', { name: 'Changed by somebody else' }).waitFor();
  await page.getByLabel('Description').fill('Mine');
  await page.getByLabel('Runs', { exact: true }).and(page.locator('select')).selectOption('hour');
  await page.getByLabel('Every how many hours').fill('6');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Somebody else has changed this dataflow').waitFor();
  await page.getByRole('region', { name: 'What was changed' }).getByText('Changed by somebody else').waitFor();
  await audit(page, 'flow-conflict');
  await page.getByRole('button', { name: 'Take theirs' }).click();
  await page.getByLabel('Runs', { exact: true }).and(page.locator('select')).selectOption('hour');
  await page.getByLabel('Every how many hours').fill('6');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(/Every 6 hours, since/).first().waitFor();
  await page.getByRole('heading', { name: 'Changed by somebody else' }).waitFor();
  await page.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await page.getByText('It does not run while it is not enabled').waitFor();
  await page.getByRole('button', { name: 'Enable' }).click();
  await page.getByText(/Next run/).waitFor();
  await page.getByRole('button', { name: 'Delete' }).click();
  await audit(page, 'flow-delete');
  await page.getByRole('button', { name: 'Delete the dataflow' }).click();
  await page.getByRole('heading', { name: 'Dataflows' }).waitFor();
  await row(page, 'A large one').waitFor();
  assert.equal(await row(page, 'Changed by somebody else').count(), 0);
}, { allowed: ['412'] });
