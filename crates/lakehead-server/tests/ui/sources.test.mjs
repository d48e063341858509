// The catalogue of sources, and the style guide.
import assert from 'node:assert/strict';
import { audit, browserTest, server, signedIn } from './support.mjs';

browserTest('the catalogue of sources', async ({ page }) => {
  await signedIn(page, '/sources');
  const s3 = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Amazon S3' }) });
  // Tests of accounts make another one meanwhile.
  await s3.getByText(/^\d+ accounts?$/).waitFor();
  const blob = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Azure Blob Storage' }) });
  await blob.getByText('not yet available').waitFor();
  assert.equal(await blob.getByRole('link').count(), 0, 'nothing leads to what does not work');
  await audit(page, 'sources');
  await page.getByRole('radio', { name: /^Database/ }).check();
  await s3.waitFor({ state: 'detached' });
  await page.getByRole('searchbox', { name: 'Search sources' }).fill('<script>alert(1)</script>');
  await page.getByText('Nothing is called “<script>alert(1)</script>” in Database').waitFor();
  await audit(page, 'sources-none');
  await page.getByRole('button', { name: 'Show all sources' }).click();
  await s3.waitFor();
  assert.equal(page.url(), `${server.base}/ui/sources`);
});

browserTest('the style guide shows every component', async ({ page }) => {
  await page.goto(`${server.base}/ui/components`);
  await page.locator('.u-over').first().waitFor();
  await audit(page, 'components');
  await page.getByRole('button', { name: 'Open a dialog' }).click();
  await audit(page, 'dialog');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Open a dialog', 'the focus goes back');
  await page.getByRole('treeitem', { name: 'a.csv' }).focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
  await page.getByRole('treeitem', { name: '2026.json' }).waitFor();
  const many = page.getByRole('region', { name: 'Many files' });
  await many.evaluate((box) => box.scrollTo(0, box.scrollHeight));
  await many.getByText('customers-99999.csv').waitFor();
  assert.ok(await many.getByRole('row').count() < 100, 'only rows in sight are drawn');
  await page.getByRole('button', { name: 'Show as table' }).first().click();
  await page.getByRole('region', { name: 'Rows of each run' }).waitFor();
});

browserTest('an address that is no page says so', async ({ page }) => {
  await page.goto(`${server.base}/ui/no/such/page`);
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  await audit(page, 'not-found');
});
