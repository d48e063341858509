// More dataflows and accounts than a page shows at once: what is drawn and what is asked for stays bounded, and a search finds
// what no page has shown. And the numbers of the health page, on the server that tells them.
import assert from 'node:assert/strict';
import { audit, browserTest, server, signedIn } from './support.mjs';

const { alone } = server;
const table = (page, name) => page.getByRole('region', { name, exact: true });
const drawn = (page, name) => table(page, name).locator('tbody tr:not([aria-hidden])');

// What the page asks of the Flow Service from now on.
function asked(page) {
  const urls = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname.startsWith('/data/')) urls.push(url);
  });
  return urls;
}

browserTest('however many dataflows there are, few are drawn, and a search is one question', async ({ page }) => {
  await signedIn(page, '/sources', alone);
  const urls = asked(page);
  await page.getByRole('link', { name: 'Dataflows' }).first().click();
  await drawn(page, 'Dataflows').nth(49).waitFor();
  await page.waitForLoadState('networkidle');
  assert.ok(urls.length <= 5, `the list asks ${urls.length} times: ${urls.join('\n')}`);
  assert.equal(await drawn(page, 'Dataflows').count(), 50);
  const more = page.getByRole('button', { name: 'Show more' });
  // A page of the list is one question, and the dots of the flows in sight another.
  for (let shown = 100; shown <= alone.flows; shown += 50) {
    await more.click();
    await page.getByText(`${shown} shown`).waitFor();
  }
  await more.click();
  await more.waitFor({ state: 'detached' });
  await page.waitForLoadState('networkidle');
  assert.ok(urls.length <= 5 + 2 * (alone.flows / 50), `all pages ask ${urls.length} times`);
  assert.ok(await drawn(page, 'Dataflows').count() < 60, 'only rows in sight are drawn');
  await table(page, 'Dataflows').evaluate((box) => { box.scrollTop = box.scrollHeight; });
  await table(page, 'Dataflows').getByText('The one that ran').waitFor();
  assert.ok(await drawn(page, 'Dataflows').count() < 60, 'after scrolling, too');

  urls.length = 0;
  await page.getByRole('searchbox', { name: 'Search by name or id' }).fill('BESTÄNDE 00');
  await table(page, 'Dataflows').getByText('Bestände 009').waitFor();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 10);
  await page.waitForLoadState('networkidle');
  assert.deepEqual(urls.filter((url) => url.pathname.endsWith('/flows')).map((url) => url.searchParams.get('search')), ['BESTÄNDE 00']);
  await table(page, 'Dataflows').getByRole('button', { name: 'Name' }).click();
  await page.waitForFunction(() => document.querySelector('tbody tr td')?.textContent === 'Bestände 000');
});

browserTest('a further page that fails after something else was asked says nothing about that', async ({ page }) => {
  await signedIn(page, '/sources', alone);
  await page.getByRole('link', { name: 'Dataflows' }).first().click();
  await drawn(page, 'Dataflows').nth(49).waitFor();
  let refuse;
  const refused = new Promise((go) => { refuse = go; });
  const isFurther = (url) => url.pathname.endsWith('/flows') && url.searchParams.has('continuationToken');
  await page.route(isFurther, async (route) => {
    await refused;
    await route.fulfill({ status: 400, contentType: 'application/json', body: '{"title": "Too late"}' });
  });
  await Promise.all([page.waitForRequest((request) => isFurther(new URL(request.url()))), page.getByRole('button', { name: 'Show more' }).click()]);
  await page.getByRole('searchbox', { name: 'Search by name or id' }).fill('BESTÄNDE 00');
  await table(page, 'Dataflows').getByText('Bestände 009').waitFor();
  const answered = page.waitForResponse((response) => response.status() === 400);
  refuse();
  await (await answered).finished();
  await page.evaluate(() => new Promise((drawn) => setTimeout(drawn, 300)));
  assert.equal(await page.getByText('Too late').count(), 0);
  assert.equal(await drawn(page, 'Dataflows').count(), 10);
}, { allowed: ['400'] });

browserTest('the overview asks for counts and short lists, not for all dataflows', async ({ page }) => {
  await signedIn(page, '/sources', alone);
  const urls = asked(page);
  await page.getByRole('link', { name: 'Overview' }).first().click();
  await page.getByText('Dataflows enabled').waitFor();
  await page.getByText('Rows per day').first().waitFor();
  await page.waitForLoadState('networkidle');
  assert.ok(urls.length <= 20, `the overview asks ${urls.length} times: ${urls.join('\n')}`);
  for (const url of urls.filter((one) => one.pathname.endsWith('/flows'))) {
    assert.ok(url.searchParams.has('count') || url.searchParams.has('limit') || url.search.includes('id=='), `${url} has no limit`);
    assert.ok(!url.searchParams.has('continuationToken'), `${url} is a further page`);
  }
});

browserTest('accounts are searched by the server, on their page and in the wizard', async ({ page }) => {
  await signedIn(page, '/accounts', alone);
  await drawn(page, 'Accounts').nth(24).waitFor();
  const search = page.getByRole('searchbox', { name: 'Search by name or id' });
  await search.fill('konto 0');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 10);
  await audit(page, 'accounts-search');
  await search.fill('nobody has this');
  await page.getByText('No account fits').waitFor();
  await audit(page, 'accounts-none');
  await page.getByRole('button', { name: 'Show all accounts' }).click();
  await drawn(page, 'Accounts').nth(24).waitFor();
});

// The text that Prometheus would read, put together once more without the code of the page.
const total = (text, name, labels = '') => text.split('\n')
  .filter((line) => line.startsWith(name) && /^[ {]/.test(line.slice(name.length)) && line.includes(labels))
  .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

browserTest('the health page shows the numbers that the metrics have', async ({ page }) => {
  let text;
  await page.route(`${alone.base}/metrics`, async (route) => {
    const response = await route.fetch();
    text = await response.text();
    await route.fulfill({ response, body: text });
  });
  await signedIn(page, '/admin/health', alone);
  await page.getByRole('heading', { name: 'Since the start' }).waitFor();
  const shown = await page.locator('dl div').evaluateAll((items) => Object.fromEntries(items.map((item) => [item.querySelector('dt').textContent, item.querySelector('dd').textContent])));
  const number = (name) => Number(shown[name].replaceAll(',', ''));
  // What is known from what was done: 100 rows and one that does not fit, in one file, by one run.
  assert.deepEqual([number('Rows read'), number('Rows landed'), number('Rows rejected')], [101, 100, 1]);
  assert.deepEqual([number('Runs that landed'), number('Runs that failed'), number('Runs waiting'), number('Runs at work')], [1, 0, 0, 0]);
  // What only the metrics know.
  assert.ok(total(text, 'lakehead_http_requests_total') > alone.flows + alone.accounts, `the requests of the set-up are counted in\n${text}`);
  assert.equal(number('Requests'), total(text, 'lakehead_http_requests_total'));
  assert.equal(number('Answered with 5xx'), total(text, 'lakehead_http_requests_total', 'status="5xx"'));
  assert.equal(number('Worker processes'), total(text, 'lakehead_workers'));
  const [amount, unit] = shown.Memory.split(' ');
  const memory = total(text, 'process_resident_memory_bytes') / { MB: 1e6, GB: 1e9 }[unit];
  assert.ok(Math.abs(memory - Number(amount)) <= 0.5, `${shown.Memory} for ${memory} ${unit}`);
  assert.equal(shown['Bytes read'], `${(total(text, 'lakehead_bytes_read_total') / 1000).toFixed(1)} KB`);
  const row = table(page, 'Routes').getByRole('row').filter({ hasText: 'POST /data/foundation/flowservice/flows' }).filter({ hasNotText: '{id}' }).first();
  const cells = await row.getByRole('cell').allTextContents();
  const route = 'route="/data/foundation/flowservice/flows",method="POST"';
  const per = (status) => total(text, 'lakehead_http_requests_total', `${route},status="${status}"`);
  assert.deepEqual(cells.slice(1, 4).map((cell) => Number(cell.replaceAll(',', ''))), [per('2xx') + per('4xx') + per('5xx'), per('4xx'), per('5xx')]);
  assert.equal(per('2xx'), alone.flows + 1);
  await page.getByText('Folder of the lake').waitFor();
  await audit(page, 'health-numbers');
});
