// The mapping editor: on the page of a mapping set, and as the steps of the wizard.
import assert from 'node:assert/strict';
import { audit, browserTest, signedIn } from './support.mjs';

const NAUGHTY = '<img src=x onerror=alert(1)>';
const REGISTRY = '/data/foundation/schemaregistry';
const CONVERSION = '/data/foundation/conversion';
const PROFILE = 'https://ns.adobe.com/xdm/context/profile';
const PARTS = ['profile-person-details', 'profile-personal-details'].map((one) => `https://ns.adobe.com/xdm/context/${one}`);

// Calls the API as the page that is open does.
const api = (page, method, path, options) => page.evaluate(async ([method, path, options]) => {
  const { call } = await import(new URL('lib/api.js', document.querySelector('script[type=module]').src).href);
  return call(method, path, options);
}, [method, path, options]);

// A mapping set of its own, and the page that shows it. One of its required fields is open.
async function mappingSet(page, mappings) {
  await signedIn(page, '/mapping-sets');
  const title = `Mapped ${Date.now()} ${Math.round(performance.now())}`;
  const { tenantId } = await api(page, 'GET', `${REGISTRY}/stats`);
  const below = { type: 'object', required: ['memberId'], properties: { memberId: { type: 'string' }, points: { type: 'integer' } } };
  const headers = { accept: 'application/vnd.adobe.xed+json' };
  const group = await api(page, 'POST', `${REGISTRY}/tenant/fieldgroups`, { headers, body: { title: `${title} fields`, type: 'object', 'meta:intendedToExtend': [PROFILE],
    definitions: { own: { required: [`_${tenantId}`], properties: { [`_${tenantId}`]: below } } }, allOf: [{ $ref: '#/definitions/own' }] } });
  const schema = await api(page, 'POST', `${REGISTRY}/tenant/schemas`, { headers, body: { title, type: 'object', allOf: [PROFILE, ...PARTS, group.$id].map(($ref) => ({ $ref })) } });
  const schemaRef = { id: schema.$id, contentType: 'application/vnd.adobe.xed-full+json;version=1' };
  const set = await api(page, 'POST', `${CONVERSION}/mappingSets`, { body: { name: title, outputSchema: { schemaRef }, mappings } });
  await page.evaluate(([id]) => history.pushState(null, '', `/ui/mapping-sets/${id}`), [set.id]);
  await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate')));
  await page.getByRole('heading', { name: title }).waitFor();
  return { title, set, tenant: `_${tenantId}`, schemaId: schema.$id };
}

async function paste(page, rows) {
  await page.getByRole('button', { name: 'Paste rows' }).click();
  await page.getByLabel('Rows as JSON').fill(JSON.stringify(rows));
  await page.getByRole('button', { name: 'Use these rows' }).click();
  await page.getByRole('region', { name: 'Mapped rows' }).waitFor();
}

const item = (page, tree, name) => page.getByRole('tree', { name: tree }).getByRole('treeitem', { name });
const focusedText = (page) => page.evaluate(() => document.activeElement.textContent);

browserTest('the list of mappings leads to each of them', async ({ page }) => {
  const { title } = await mappingSet(page, [{ sourceType: 'ATTRIBUTE', source: 'id', destination: '_id' }]);
  await page.getByRole('navigation', { name: 'Where this is' }).getByRole('link', { name: 'Mappings' }).click();
  const row = page.getByRole('region', { name: 'Mappings' }).getByRole('row').filter({ hasText: title });
  await row.getByText('published', { exact: true }).or(row.getByText('draft', { exact: true })).waitFor();
  await audit(page, 'mapping-sets');
  await row.getByRole('link').click();
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
});

browserTest('columns and fields are linked by keyboard alone, tried on rows, and saved as a version', async ({ page }) => {
  const { tenant } = await mappingSet(page, [{ sourceType: 'ATTRIBUTE', source: 'id', destination: '_id' }]);
  await page.getByText(`${tenant}.memberId`, { exact: true }).first().waitFor();
  await paste(page, [{ id: '1', member: 'm1', points: '7' }, { id: '2', member: null, points: '8' }]);
  await item(page, 'Source columns', /^id/).focus();
  // `m` jumps to the column, Enter takes it; then to the field in the other tree.
  await page.keyboard.press('m');
  await page.keyboard.press('Enter');
  await page.getByText('Choose the field that member becomes.').waitFor();
  assert.match(await page.evaluate(() => document.activeElement.closest('[role=tree]').ariaLabel), /Target fields/, 'the focus is in the other tree');
  for (let presses = 0; presses < 10 && !(await focusedText(page)).startsWith(tenant); presses += 1) await page.keyboard.press('_');
  await page.keyboard.press('ArrowDown');
  assert.match(await focusedText(page), /^memberId/);
  await page.keyboard.press('Enter');
  await page.getByText(`${tenant}.memberId`, { exact: true }).first().waitFor();
  assert.match(await focusedText(page), /^member/, 'the focus is back at the column');
  await page.getByText('1 of 2 sample rows would be rejected').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('p');
  await page.keyboard.press('Enter');
  await item(page, 'Target fields', /^points/).focus();
  await page.keyboard.press('Enter');
  const cell = page.getByRole('region', { name: 'Mapped rows' }).getByRole('row').filter({ hasText: 'rejected: 2' }).getByText(/memberId.*missing or null/).first();
  await cell.waitFor();
  await audit(page, 'mapping-set');
  await page.getByRole('button', { name: 'Save as a new version' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Saved as version 1').waitFor();
  await page.getByLabel('Version', { exact: true }).locator('option', { hasText: '1, the newest' }).waitFor({ state: 'attached' });
  await page.getByLabel('Version', { exact: true }).selectOption('0');
  await page.getByText('This is an older version').waitFor();
  assert.match(page.url(), /version=0/);
});

browserTest('suggestions are accepted from a confidence on, or refused', async ({ page }) => {
  await mappingSet(page, [{ sourceType: 'ATTRIBUTE', source: 'id', destination: '_id' }]);
  await paste(page, [{ id: '1', first_name: 'Ann', 'Last Name': 'Lee', zip: '12345' }]);
  await page.getByRole('button', { name: /^Reject zip to/ }).click();
  await page.getByRole('button', { name: /^Reject zip to/ }).waitFor({ state: 'detached' });
  await audit(page, 'mapping-suggestions');
  await page.getByRole('button', { name: 'Accept 2 suggestions' }).click();
  const mapped = page.getByRole('region', { name: 'Mapped rows' });
  await mapped.getByRole('columnheader', { name: 'person.name.lastName' }).waitFor();
  await mapped.getByText('Lee', { exact: true }).waitFor();
});

browserTest('a mistake in an expression is shown at its place, and functions are completed', async ({ page }) => {
  await mappingSet(page, [{ sourceType: 'ATTRIBUTE', source: 'id', destination: '_id' }]);
  await paste(page, [{ id: '1', 'first name': 'ann' }]);
  await page.getByRole('button', { name: 'Calculated field' }).click();
  const dialog = page.getByRole('dialog', { name: 'Calculated field' });
  await dialog.getByLabel('Target field').fill('person.name.firstName');
  const text = dialog.getByLabel('Expression');
  await text.fill('concat("😀", lowerr(id))');
  const mistake = dialog.locator('.mistake');
  await mistake.getByText('there is no function `lowerr`; did you mean `lower`?').waitFor();
  const [line, mark] = (await mistake.locator('pre').textContent()).split('\n');
  assert.equal([...line].slice([...mark].indexOf('^')).join('').startsWith('lowerr'), true, `${line}\n${mark}`);
  await audit(page, 'calculated-mistake');
  await text.fill('');
  await text.pressSequentially('uppe');
  await dialog.getByRole('option', { name: /^upper/ }).waitFor();
  await page.keyboard.press('Enter');
  assert.equal(await text.inputValue(), 'upper()');
  await page.keyboard.type('first');
  await dialog.getByRole('option', { name: /first name/ }).waitFor();
  await audit(page, 'calculated-completion');
  await dialog.getByRole('option', { name: /first name/ }).click();
  assert.equal(await text.inputValue(), 'upper(${first name})');
  await dialog.getByText('ANN', { exact: true }).waitFor();
  await dialog.getByRole('searchbox', { name: 'Search functions and columns' }).fill('sha256');
  await dialog.getByRole('button', { name: 'sha256' }).click();
  await dialog.getByRole('button', { name: 'Insert' }).waitFor();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('region', { name: 'Mapped rows' }).getByText('ANN', { exact: true }).waitFor();
});

browserTest('names of columns and values are text wherever they are shown', async ({ page }) => {
  const asked = [];
  page.on('dialog', (dialog) => { asked.push(dialog.message()); dialog.dismiss(); });
  await mappingSet(page, [{ sourceType: 'ATTRIBUTE', source: `\${${NAUGHTY}}`, destination: 'personID' }]);
  await paste(page, [{ [NAUGHTY]: NAUGHTY, "'\"><script>alert(2)</script>": 'javascript:alert(3)', 'a.b': 'c', '': 'empty' }]);
  await item(page, 'Source columns', NAUGHTY).waitFor();
  await page.getByRole('region', { name: 'Mapped rows' }).getByText(NAUGHTY, { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Calculate personID' }).click();
  await page.getByRole('dialog').getByLabel('Expression').waitFor();
  await page.keyboard.press('Escape');
  await item(page, 'Source columns', /script/).click();
  await item(page, 'Target fields', /^_id/).first().click();
  await page.getByText('javascript:alert(3)').first().waitFor();
  await audit(page, 'mapping-naughty');
  assert.equal(await page.locator('main img, main script').count(), 0);
  assert.deepEqual(asked, []);
});

// A step of the wizard alone: in the place of the page, with a draft that the test reads.
async function step(page, name, draft) {
  await page.evaluate(async ([name, draft]) => {
    const load = (path) => import(new URL(path, document.querySelector('script[type=module]').src).href);
    const [{ html, render, useState }, module] = await Promise.all([load('lib/html.js'), load(`pages/add_data/${name}.js`)]);
    const place = document.querySelector('main');
    render(null, place);
    place.replaceChildren();
    globalThis.draft = draft;
    globalThis.went = 0;
    function Host() {
      const [, redraw] = useState(0);
      const change = (partial) => {
        globalThis.draft = { ...globalThis.draft, ...(typeof partial === 'function' ? partial(globalThis.draft) : partial) };
        redraw((count) => count + 1);
      };
      return html`<div class="page"><h1>Add data</h1>${name === 'plan' && html`<h2>Review</h2>`}
        <${module.default} draft=${globalThis.draft} change=${change} next=${() => { globalThis.went += 1; }} back=${() => {}} /></div>`;
    }
    render(html`<${Host} />`, place);
  }, [name, draft]);
}

const SOURCE = { path: '/bucket/customers/', type: 'folder', recursive: true, pattern: '', format: 'delimited', options: {}, sample: {
  schema: { columns: ['Customer ID', 'born', 'points', 'zip', NAUGHTY].map((one) => ({ name: one, type: 'string', xdm: { type: 'string' } })) },
  rows: [{ 'Customer ID': 'a', born: '1990-05-17', points: '12', zip: '01234', [NAUGHTY]: 'x' }, { 'Customer ID': null, born: '1991-01-01', points: '7', zip: '99999', [NAUGHTY]: '' }],
} };

browserTest('a schema is proposed from the data, and mapped to at once', async ({ page }) => {
  await signedIn(page, '/schemas');
  const name = `Proposed ${Date.now()}`;
  await step(page, 'dataset', { source: SOURCE, mapping: { rules: [] } });
  assert.equal(await page.getByLabel('Name of the dataset').inputValue(), 'Customers');
  await page.getByLabel('Name of the dataset').fill(name);
  const type = (column) => page.getByLabel(`Type of ${column}`, { exact: true }).inputValue();
  assert.deepEqual([await type('born'), await type('points'), await type('zip')], ['date', 'long', 'string'], 'types are told from the values');
  assert.equal(await page.getByLabel('Name of the field of Customer ID').inputValue(), 'customerID');
  await page.getByLabel('Name of the field of zip').fill('not a name');
  await page.getByText('Only letters, digits').waitFor();
  await page.getByLabel('Name of the field of zip').fill('postalCode');
  await page.getByLabel('Required: Customer ID').check();
  await audit(page, 'dataset-proposed');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.waitForFunction(() => globalThis.went === 1);
  const draft = await page.evaluate(() => globalThis.draft);
  assert.equal(draft.dataset.isNew, true);
  assert.equal(draft.mapping.rules.length, 5);
  await step(page, 'mapping', draft);
  await page.getByText('1 of 2 sample rows would be rejected').waitFor();
  await audit(page, 'mapping-step');
  await step(page, 'plan', { ...draft, account: { id: process.env.UI_CONNECTION }, source: { ...SOURCE, path: process.env.UI_PLAN_PATH ?? `/${process.env.UI_S3_BUCKET}/customers/` }, flow: { partialIngestionPercent: 5 } });
  await page.getByText('1 of 2 sample rows would be rejected (50 %)').waitFor();
  await page.getByText('That is more than the threshold of 5 %').waitFor();
  await page.getByText('counted', { exact: true }).waitFor();
  await audit(page, 'plan');
  // However the rows are stored: what is short or says it is counted, the rest is estimated.
  for (const [path, format, options, rows, how] of [
    ['plan/plain/', 'delimited', {}, 130_000, /^counted|estimate from 1 sampled file/],
    ['plan/packed/', 'delimited', { compressionType: 'gzip' }, 130_000, /^counted|estimate from 1 sampled file/],
    ['plan/columns/', 'parquet', {}, 500, 'counted'],
  ]) {
    await step(page, 'plan', { ...draft, account: { id: process.env.UI_CONNECTION }, flow: { partialIngestionPercent: 5 },
      source: { ...SOURCE, format, options, path: `/${process.env.UI_S3_BUCKET}/${path}` } });
    const cell = page.locator('.plan-numbers > div').filter({ hasText: 'Rows' }).locator('dd');
    await cell.getByText(how).waitFor();
    const found = Number(/[\d,]+/.exec(await cell.innerText())[0].replaceAll(',', ''));
    assert.ok(Math.abs(found - rows) <= rows / 10, `${found} rows of ${path}`);
  }
  // Of many files some are looked at; nothing is made up where they say nothing.
  const estimates = await page.evaluate(async () => {
    const { estimated } = await import(new URL('pages/add_data/rows_expected.js', document.querySelector('script[type=module]').src).href);
    const count = (rows, sizeBytes, isExact = true) => ({ rows, sizeBytes, isExact });
    const files = (number, bytes, complete = true) => ({ files: number, bytes, complete });
    return [
      estimated(files(2, 300), [count(10, 100), count(21, 200)]),
      estimated(files(2, 300, false), [count(10, 100), count(21, 200)]),
      estimated(files(10, 1000), [count(10, 100), count(25, 200, false)]),
      estimated(files(10, null), [count(10, 100)]),
      estimated(files(10, 1000), []),
    ];
  });
  assert.deepEqual(estimates, [
    { rows: 31, isExact: true, samples: 2 }, { rows: 31, isExact: false, samples: 2 }, { rows: 120, isExact: false, samples: 2 }, null, null,
  ]);
});

browserTest('a schema is composed of field groups, and a dataset chosen that is there', async ({ page }) => {
  await signedIn(page, '/schemas');
  const many = `Zzz (${Date.now()})`;
  for (let number = 0; number <= 20; number += 1) {
    const body = { title: `${many} ${String(number).padStart(2, '0')}`, type: 'object', allOf: [{ $ref: PROFILE }] };
    await api(page, 'POST', `${REGISTRY}/tenant/schemas`, { headers: { accept: 'application/vnd.adobe.xed+json' }, body });
  }
  await step(page, 'dataset', { source: SOURCE, mapping: { rules: [] } });
  await page.getByLabel('Name of the dataset').fill(`Composed ${Date.now()}`);
  await page.getByRole('radio', { name: 'Composed of field groups' }).check();
  await page.getByRole('searchbox', { name: 'Search field groups' }).fill('demographic');
  await page.getByRole('checkbox', { name: 'Demographic Details', exact: true }).check();
  await page.getByRole('tree', { name: 'Fields of the new schema' }).getByRole('treeitem', { name: /^birthDate/ }).waitFor();
  await audit(page, 'dataset-composed');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.waitForFunction(() => globalThis.went === 1);
  const schema = await page.evaluate(() => globalThis.draft.dataset.schemaId);
  const made = await api(page, 'GET', `${REGISTRY}/tenant/schemas/${encodeURIComponent(schema)}`, { headers: { accept: 'application/vnd.adobe.xed+json; version=1' } });
  assert.deepEqual(made.allOf.map((part) => part.$ref), [PROFILE, PARTS[0]]);
  await page.getByRole('radio', { name: 'Existing schema' }).check();
  // What is not on the first page is found, whatever the case: `(` is text.
  const schemas = page.getByRole('group', { name: 'Schemas' });
  await schemas.getByRole('radio').nth(19).waitFor();
  assert.equal(await schemas.getByRole('radio', { name: `${many} 20` }).count(), 0);
  await page.getByRole('searchbox', { name: 'Search schemas' }).fill(`${many} 20`.toUpperCase());
  await schemas.getByRole('radio', { name: `${many} 20` }).waitFor();
  assert.equal(await schemas.getByRole('radio').count(), 1);
  await page.getByRole('searchbox', { name: 'Search schemas' }).fill('');
  await schemas.getByRole('radio').nth(19).waitFor();
  await page.getByRole('button', { name: 'Show more' }).click();
  await schemas.getByRole('radio').nth(20).waitFor();
  await page.getByRole('searchbox', { name: 'Search schemas' }).fill('composed');
  await page.getByRole('radio', { name: /^Composed/ }).first().check();
  await page.getByRole('radio', { name: 'Existing dataset' }).check();
  await page.getByRole('searchbox', { name: 'Search datasets' }).fill('customers');
  const datasets = page.getByRole('group', { name: 'Datasets' }).getByRole('radio');
  await datasets.nth(1).waitFor({ state: 'detached' });
  await datasets.and(page.getByRole('radio', { name: /^Customers/ })).check();
  await audit(page, 'dataset-existing');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.waitForFunction(() => globalThis.went === 2);
  assert.equal(await page.evaluate(() => globalThis.draft.dataset.isNew), false);
});
