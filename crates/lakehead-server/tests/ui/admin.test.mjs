// Administration: sandboxes, clients and roles, keys, health; and what a person without the permission sees.
import assert from 'node:assert/strict';
import { audit, browserTest, server, signedIn } from './support.mjs';

const heading = (page, name) => page.getByRole('heading', { name, exact: true }).waitFor();

browserTest('a sandbox is made, renamed and deleted by name', async ({ page }) => {
  await signedIn(page, '/admin/sandboxes');
  await page.getByRole('button', { name: 'New sandbox' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Not A Name');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByText('must begin with a lower-case letter').waitFor();
  await audit(page, 'sandbox-new');
  await dialog.getByLabel('Name').fill('trial');
  await dialog.getByLabel('Title').fill('<i>Trial</i>');
  await dialog.getByRole('button', { name: 'Create' }).click();
  const row = page.getByRole('region', { name: 'Sandboxes' }).getByRole('row').filter({ hasText: 'trial' });
  await row.getByText('<i>Trial</i>').waitFor();
  while (!(await row.getByText('active').count())) await Promise.all([page.waitForResponse(/sandboxes/), page.getByRole('button', { name: 'Reload' }).click()]);
  await audit(page, 'sandboxes');
  await row.getByRole('button', { name: 'Delete trial' }).click();
  const end = dialog.getByRole('button', { name: 'Delete the sandbox' });
  assert.ok(await end.isDisabled(), 'only who writes the name deletes');
  await dialog.getByLabel('Write trial to confirm').fill('trial');
  await audit(page, 'sandbox-delete');
  await end.click();
  await page.getByText('The sandbox is being deleted').waitFor();
}, { allowed: ['400'] });

browserTest('a client is made, its secret shown once; without a role it sees what to ask for', async ({ page, context }) => {
  await signedIn(page, '/admin/access');
  await page.getByRole('button', { name: 'New client' }).waitFor();
  await audit(page, 'clients');
  await page.getByRole('button', { name: 'New client' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('<u>nightly</u>');
  await audit(page, 'client-new');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await heading(page, 'Secret of <u>nightly</u>');
  const id = await page.getByRole('region', { name: 'Client ID' }).innerText();
  const secret = await page.getByRole('region', { name: 'Client secret' }).innerText();
  assert.match(secret, /^[0-9a-f]{32,}$/);
  await audit(page, 'client-secret');
  await dialog.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('button', { name: 'As API calls' }).click();
  assert.ok(!(await page.locator('body').innerText()).includes(secret), 'nothing has the secret any more');
  await page.getByRole('button', { name: 'Close API calls' }).click();

  const other = await context.newPage();
  await other.goto(`${server.base}/ui/admin/audit`);
  await other.getByLabel('Client ID').fill(id);
  await other.getByLabel('Client secret', { exact: true }).fill(secret);
  await other.getByRole('button', { name: 'Sign in', exact: true }).click();
  await other.getByText('You may not see this').waitFor();
  await other.getByText('administer').first().waitFor();
  await audit(other, 'not-allowed');
  await other.close();

  await page.getByRole('button', { name: 'Roles of <u>nightly</u>' }).click();
  await dialog.getByLabel(/^viewer/).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row').filter({ hasText: id });
  await row.getByText('viewer').waitFor();
  await page.getByRole('button', { name: 'New secret for <u>nightly</u>' }).click();
  await dialog.getByRole('button', { name: 'Make a new secret' }).click();
  await heading(page, 'Secret of <u>nightly</u>');
  assert.notEqual(await page.getByRole('region', { name: 'Client secret' }).innerText(), secret);
  await dialog.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('button', { name: 'Delete <u>nightly</u>' }).click();
  await dialog.getByRole('button', { name: 'Delete the client' }).click();
  await row.waitFor({ state: 'detached' });
});

browserTest('a role is made and changed', async ({ page }) => {
  await signedIn(page, '/admin/access?tab=roles');
  await page.getByRole('button', { name: 'New role' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('loaders');
  await dialog.getByLabel('manage-sources').check();
  await dialog.getByLabel('All, also future ones').check();
  await audit(page, 'role-new');
  await dialog.getByRole('button', { name: 'Create' }).click();
  const row = page.getByRole('row').filter({ hasText: 'loaders' });
  await row.getByText('manage-sources').waitFor();
  await audit(page, 'roles');
  await page.getByRole('button', { name: 'Edit loaders' }).click();
  await dialog.getByLabel('view-datasets').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row.getByText('view-datasets').waitFor();
  await page.getByRole('button', { name: 'Delete loaders' }).click();
  await dialog.getByRole('button', { name: 'Delete the role' }).click();
  await row.waitFor({ state: 'detached' });
  await page.getByRole('tab', { name: /Users/ }).click();
  // The one who is registered belongs to another organisation.
  await page.getByText('No users yet').waitFor();
  await audit(page, 'users');
});

browserTest('a key pair is made, its public half shown and kept, and deleted', async ({ page }) => {
  await signedIn(page, '/admin/keys');
  await page.getByLabel('Sandbox').selectOption(server.spare.sandbox);
  await page.getByText('No keys yet').waitFor();
  await page.getByRole('button', { name: 'New key pair' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('acme');
  await dialog.getByLabel('Passphrase', { exact: true }).fill('correct horse');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByText('BEGIN PGP PUBLIC KEY BLOCK').waitFor();
  await audit(page, 'key-public');
  const saved = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Download' }).click();
  assert.equal((await saved).suggestedFilename(), 'acme.asc');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('row').filter({ hasText: 'acme' }).getByText('active').waitFor();
  await audit(page, 'keys');
  await page.getByRole('button', { name: 'As API calls' }).click();
  assert.ok(!(await page.locator('body').innerText()).includes('correct horse'), 'the passphrase is in no command');
  await page.getByRole('button', { name: 'Close API calls' }).click();
  await page.getByRole('button', { name: 'Delete acme' }).click();
  await dialog.getByRole('button', { name: 'Delete the key' }).click();
  await page.getByText('No keys yet').waitFor();
});

browserTest('health shows probes; numbers of several organisations are not told', async ({ page }) => {
  await signedIn(page, '/admin/health');
  await page.getByText('Folder of the lake').waitFor();
  await page.getByText('metrics_listen').first().waitFor();
  await audit(page, 'health');
}, { allowed: ['403'] });
