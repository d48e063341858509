// Accounts: the list, a new one, its test, changes, and what reads through it.
import assert from 'node:assert/strict';
import { audit, browserTest, server, signedIn } from './support.mjs';

const S3 = 'ecadc60c-7455-4d87-84dc-2a0e293d997b';

async function fill(page, { name, secret = server.s3.secretKey }) {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('S3 access key', { exact: true }).fill(server.s3.accessKey);
  await page.getByLabel('S3 secret key', { exact: true }).fill(secret);
  await page.getByLabel('Service URL optional').fill(server.s3.endpoint);
  await page.getByLabel('Bucket name optional').fill(server.s3.bucket);
}

browserTest('from the catalogue to the accounts of a source, and to one of them', async ({ page }) => {
  await signedIn(page, '/sources');
  await page.getByRole('link', { name: 'Accounts of Amazon S3' }).click();
  await page.getByRole('link', { name: 'S3 of the tests' }).first().waitFor();
  assert.equal(page.url(), `${server.base}/ui/accounts?spec=${S3}`);
  await audit(page, 'accounts');
  await page.goto(`${server.base}/ui/accounts/${server.connection}`);
  await page.getByRole('link', { name: 'customers to the lake' }).waitFor();
  await page.getByText(`/${server.s3.bucket}/customers/`).first().waitFor();
  await audit(page, 'account');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText('The account works').waitFor();
});

browserTest('wrong keys are explained in the words of the storage, and nothing is stored', async ({ page }) => {
  await signedIn(page, `/accounts/new/${S3}`);
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText('Needed: others find the account by it.').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.labels[0].textContent), 'Name');
  await fill(page, { name: 'Wrong keys', secret: 'not-the-secret' });
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByRole('alert').getByText('does not accept the keys').waitFor();
  await page.getByRole('alert').getByText('check `s3AccessKey` and `s3SecretKey`').waitFor();
  await audit(page, 'account-refused');
  assert.equal(await page.getByLabel('S3 secret key', { exact: true }).inputValue(), 'not-the-secret', 'what was typed stays');
  await page.getByRole('button', { name: 'As API calls' }).click();
  const shown = await page.getByRole('complementary', { name: 'As API calls' }).innerText();
  assert.ok(shown.includes('$S3_SECRET_KEY') && !shown.includes('not-the-secret'), shown);
  await page.goto(`${server.base}/ui/accounts`);
  await page.getByRole('link', { name: 'S3 of the tests' }).first().waitFor();
  assert.equal(await page.getByText('Wrong keys').count(), 0);
}, { allowed: ['400'] });

browserTest('an account is made, changed, found out to be broken, and deleted', async ({ page }) => {
  await signedIn(page, `/accounts/new/${S3}`);
  await fill(page, { name: '<img src=x onerror=alert(1)>' });
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: '<img src=x onerror=alert(1)>', level: 1 }).waitFor();
  await page.getByText('Nothing reads through it yet').waitFor();
  const form = page.getByRole('form', { name: 'Change the account' });
  assert.equal(await form.getByLabel('S3 secret key', { exact: false }).first().inputValue(), '', 'secrets are not shown');
  await form.getByLabel('Name', { exact: true }).fill('Shop');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Shop', level: 1 }).waitFor();
  await form.getByLabel('S3 secret key', { exact: false }).first().fill('wrong-now');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('alert').getByText('does not accept the keys').waitFor();
  await page.getByRole('button', { name: 'As API calls' }).click();
  const shown = await page.getByRole('complementary', { name: 'As API calls' }).innerText();
  assert.ok(shown.includes('/auth/params/s3SecretKey') && !shown.includes('wrong-now'), shown);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.waitForURL(`${server.base}/ui/accounts?spec=${S3}`);
  await page.getByRole('link', { name: 'S3 of the tests' }).first().waitFor();
  assert.equal(await page.getByRole('link', { name: 'Shop' }).count(), 0);
}, { allowed: ['400'] });

browserTest('an account whose keys do not work says what the storage says', async ({ page }) => {
  await signedIn(page, '/accounts');
  // Only a draft is stored without being tried.
  const id = await page.evaluate(async ({ spec, s3 }) => {
    const { call, FLOW } = await import('/ui/files/now/lib/api.js');
    const { signIn } = await import('/ui/files/now/lib/session.js');
    signIn(JSON.parse(sessionStorage.getItem('lakehead.session')));
    const params = { s3AccessKey: s3.accessKey, s3SecretKey: 'outdated', serviceUrl: s3.endpoint, bucketName: s3.bucket };
    const body = { name: 'Outdated', connectionSpec: { id: spec, version: '1.0' }, auth: { specName: 'Access Key', params } };
    return (await call('POST', `${FLOW}/connections`, { query: { mode: 'draft' }, body })).id;
  }, { spec: S3, s3: server.s3 });
  await page.goto(`${server.base}/ui/accounts/${id}`);
  await page.getByText('draft', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByRole('alert').getByText('does not accept the keys').waitFor();
  await audit(page, 'account-broken');
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('alert').getByText('the connection could not be verified').waitFor();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.waitForURL(`${server.base}/ui/accounts?spec=${S3}`);
}, { allowed: ['400'] });

browserTest('an account that a dataflow reads through is not deleted', async ({ page }) => {
  await signedIn(page, `/accounts/${server.connection}`);
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('alert').getByText('delete the flow first').waitFor();
}, { allowed: ['400'] });
