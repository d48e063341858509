// Files that are really encrypted, from the wizard to landed rows: a key made in place, one that is there, and a signer.
import assert from 'node:assert/strict';
import { audit, browserTest, server, signedIn } from './support.mjs';

const S3 = 'ecadc60c-7455-4d87-84dc-2a0e293d997b';
const { UI_SEALED_KEY: key, UI_SEALED_SIGNER: signer, UI_SEALED_ROWS: rows } = process.env;
const at = (path) => `/${server.s3.bucket}/${path}`;
const next = (page) => page.getByRole('button', { name: 'Next', exact: true });
const heading = (page, name) => page.getByRole('heading', { name, exact: true }).first().waitFor();

browserTest('encrypted and signed files land', async ({ page, t }) => {
  if (!key) return t.skip('there is no Python that encrypts files');
  await signedIn(page, `/sources/${S3}/add?account=${server.connection}`);
  await page.getByRole('radio', { name: /S3 of the tests/ }).and(page.locator(':checked')).waitFor();
  await next(page).click();
  await page.getByRole('treeitem', { name: 'sealed' }).waitFor();
  // A file that is encrypted says so, and what to do.
  await page.getByLabel('Path', { exact: true }).fill(at('sealed/a.csv.gpg'));
  await page.getByText('The path names encrypted files').waitFor();
  await page.getByRole('alert').getByText('Switch on “The files are encrypted”').waitFor();
  await page.getByLabel('Path', { exact: true }).fill(at('sealed/'));
  await page.getByRole('switch', { name: 'The files are encrypted' }).check();
  assert.equal(await page.getByRole('switch', { name: 'Folders below too' }).count(), 0, 'they are read from one folder');
  await page.getByText('3 files match').waitFor();

  await page.getByRole('button', { name: 'New key pair' }).click();
  await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('made in place');
  await page.getByRole('dialog').getByLabel('Passphrase', { exact: true }).fill('open sesame');
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await page.getByRole('region', { name: 'Public key' }).getByText('BEGIN PGP PUBLIC KEY BLOCK').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  const choice = page.getByLabel('Encrypted for the key');
  assert.equal(await choice.locator('option:checked').innerText(), 'made in place');
  await choice.selectOption(key);
  await page.getByRole('button', { name: 'Share a public key' }).click();
  await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('anna');
  await page.getByRole('dialog').getByLabel('Public key', { exact: true }).fill(signer);
  await page.getByRole('dialog').getByRole('button', { name: 'Share', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' }).catch(() => {});
  assert.equal(await page.getByLabel('Signed by').locator('option:checked').innerText(), 'anna');
  await page.getByText('Choose an unencrypted sample.', { exact: true }).waitFor();
  await audit(page, 'add-data-encrypted');

  // One that is among the files would be refused by every run.
  const sample = page.getByRole('textbox', { name: 'Unencrypted sample' });
  await sample.fill(at('sealed/readme.csv'));
  await page.getByText('The sample is among the files').waitFor();
  await page.getByRole('treeitem', { name: 'samples' }).click();
  await page.getByRole('treeitem', { name: 'few.csv' }).click();
  assert.equal(await sample.inputValue(), at('samples/few.csv'));
  await page.getByRole('status').getByText('The first 3 rows').waitFor();
  assert.equal(await page.getByLabel('Path', { exact: true }).inputValue(), at('sealed/'), 'the path is as it was');
  await page.getByLabel('Path', { exact: true }).fill(at('sealed/*.gpg'));
  await page.getByText('2 files match').waitFor();
  await page.getByRole('status').getByText('The first 3 rows').waitFor();
  await next(page).click();

  await heading(page, 'Dataset');
  await page.getByLabel('Name of the dataset').fill(`Sealed ${Date.now()}`);
  await next(page).click();
  await heading(page, 'Mapping');
  await next(page).click();
  await heading(page, 'Schedule');
  await next(page).click();
  await page.getByText('encrypted files are not looked into').waitFor();
  await page.getByText('anna', { exact: true }).waitFor();
  await audit(page, 'add-data-encrypted-review');
  await page.getByRole('button', { name: 'Finish' }).click();
  await page.waitForURL(/\/ui\/runs\//);
  await page.getByText('success', { exact: true }).first().waitFor({ timeout: 60_000 });
  const run = await page.evaluate(async (id) => {
    const { token, apiKey, org } = JSON.parse(sessionStorage.getItem('lakehead.session'));
    const headers = { authorization: `Bearer ${token}`, 'x-api-key': apiKey, 'x-gw-ims-org-id': org, 'x-sandbox-name': 'prod' };
    return (await (await fetch(`/data/foundation/flowservice/runs/${id}`, { headers })).json()).items[0];
  }, page.url().split('/').at(-1));
  assert.equal(run.metrics.recordSummary.outputRecordCount, Number(rows));
}, { allowed: ['400', '404'] });
