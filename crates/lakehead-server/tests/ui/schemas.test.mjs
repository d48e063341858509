// The schemas: the list, the tree of fields, and what is known of a field.
import assert from 'node:assert/strict';
import { audit, browserTest, signedIn } from './support.mjs';

// Calls the API as the page that is open does.
const api = (page, method, path, options) => page.evaluate(async ([method, path, options]) => {
  const { call } = await import(new URL('lib/api.js', document.querySelector('script[type=module]').src).href);
  return call(method, path, options);
}, [method, path, options]);

const NAUGHTY = '<img src=x onerror=alert(1)>';
const REGISTRY = '/data/foundation/schemaregistry';

browserTest('schemas and their fields', async ({ page }) => {
  const asked = [];
  page.on('dialog', (dialog) => { asked.push(dialog.message()); dialog.dismiss(); });
  await signedIn(page, '/schemas');
  const { tenantId } = await api(page, 'GET', `${REGISTRY}/stats`);
  const title = `${NAUGHTY} ${Date.now()}`;
  const classId = 'https://ns.adobe.com/xdm/context/profile';
  const below = { type: 'object', required: ['memberId'], properties: { memberId: { type: 'string', title: NAUGHTY, description: NAUGHTY } } };
  const own = { properties: { [`_${tenantId}`]: below } };
  const headers = { accept: 'application/vnd.adobe.xed+json' };
  const group = await api(page, 'POST', `${REGISTRY}/tenant/fieldgroups`, { headers, body: { title: `Group of ${title}`, type: 'object',
    'meta:intendedToExtend': [classId], definitions: { own }, allOf: [{ $ref: '#/definitions/own' }] } });
  await api(page, 'POST', `${REGISTRY}/tenant/schemas`, { headers, body: { title, type: 'object', allOf: [{ $ref: classId }, { $ref: group.$id },
    { $ref: 'https://ns.adobe.com/xdm/context/profile-person-details' }] } });
  await page.getByRole('radio', { name: 'Field groups' }).check();
  await page.getByRole('link', { name: 'Demographic Details', exact: true }).waitFor();
  await page.getByRole('searchbox', { name: 'Search schemas' }).fill('no such thing');
  await page.getByText('Nothing here has “no such thing” in its name').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByRole('radio', { name: 'Schemas' }).check();
  const link = page.getByRole('link', { name: title });
  await link.waitFor();
  // The server searches: what is typed is text, in whichever case.
  const questions = [];
  page.on('request', (request) => /\/(tenant|global)\/schemas\?/.test(request.url()) && questions.push(new URL(request.url()).searchParams.get('property')));
  const found = page.getByRole('region', { name: 'Schemas' }).locator('tbody tr');
  await page.getByRole('searchbox', { name: 'Search schemas' }).fill(title.toUpperCase());
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  await link.waitFor();
  assert.deepEqual(questions, Array(2).fill(`title~(?i)${title.toUpperCase().replace('(1)', '\\(1\\)')}`));
  await page.getByRole('searchbox', { name: 'Search schemas' }).fill(`${title.slice(0, 4)}.*`);
  await page.getByText('Nothing here has').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await found.nth(1).waitFor();
  await audit(page, 'schemas');
  await link.click();
  await page.getByRole('tree', { name: 'Fields' }).waitFor();
  await page.getByRole('searchbox', { name: 'Search fields' }).fill('first name');
  await page.getByRole('treeitem', { name: 'firstName' }).first().click();
  await page.getByText('person.name.firstName', { exact: true }).waitFor();
  assert.match(page.url(), /field=person\.name\.firstName/, 'a link shows what its sender saw');
  await page.getByRole('searchbox', { name: 'Search fields' }).fill('');
  await page.getByRole('radio', { name: /^Required/ }).check();
  await page.getByRole('treeitem', { name: /^memberId\*? required/ }).click();
  await page.getByRole('heading', { name: NAUGHTY, exact: true }).waitFor();
  await page.getByText('Yes: rows without it are rejected').waitFor();
  await page.getByRole('radio', { name: 'All' }).check();
  await audit(page, 'schema');
  assert.deepEqual(asked, [], 'names are text');
});

browserTest('a standard field group, and a schema that does not exist', async ({ page }) => {
  await signedIn(page, '/schemas/_xdm.context.profile-person-details?kind=fieldgroups');
  await page.getByRole('heading', { name: 'Demographic Details' }).waitFor();
  await page.getByRole('treeitem', { name: 'person' }).waitFor();
  await page.goto(page.url().replace(/[^/]*$/, 'nothing'));
  await page.getByRole('alert').getByText('nothing').first().waitFor();
}, { allowed: ['404'] });
