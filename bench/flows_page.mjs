// Opens the pages of the interface where very many dataflows are, does what a person does, and says how long it took until
// the page showed it. Called by flows_page.py, which reads the JSON that is printed.
import { createRequire } from 'node:module';
import path from 'node:path';

const env = process.env;
const { chromium } = createRequire(path.join(env.TEST_NODE_MODULES, 'any.js'))('playwright-core');
const browser = await chromium.launch({
  executablePath: env.TEST_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--enable-precise-memory-info', '--js-flags=--expose-gc'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
page.setDefaultTimeout(120_000);
await page.addInitScript(() => {
  window.long = [];
  new PerformanceObserver((list) => window.long.push(...list.getEntries().map((one) => Math.round(one.duration)))).observe({ type: 'longtask', buffered: true });
});

// Ids and tokens are not what makes a call slow: calls that differ in nothing else are of one kind.
const kindOf = (request) => {
  const url = new URL(request.url());
  const query = decodeURIComponent(url.search.replace(/\+/g, ' ')).replace(/continuationToken=[^&]*/g, 'continuationToken=…');
  return `${request.method()} ${url.pathname.replace('/data/foundation/flowservice', '')}${query}`
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}(,[0-9a-f-]{36})*/g, '…').replace(/\d{13}/g, '…');
};
const calls = [];
page.on('requestfinished', (request) => {
  const timing = request.timing();
  if (request.url().includes('/data/')) calls.push({ kind: kindOf(request), ms: Math.round((timing.responseStart - timing.requestStart) * 10) / 10 });
});

const steps = [];
async function step(name, act, shown) {
  const before = calls.length;
  await page.evaluate(() => { window.long = []; });
  const began = performance.now();
  await act();
  await shown();
  const ms = Math.round(performance.now() - began);
  await page.waitForLoadState('networkidle');
  const rest = await page.evaluate(() => {
    window.gc?.();
    return { nodes: document.querySelectorAll('*').length, rows: document.querySelectorAll('tbody tr').length, heap: Math.round(performance.memory.usedJSHeapSize / 1e5) / 10, long: window.long };
  });
  steps.push({ name, ms, calls: calls.length - before, rows: rest.rows, nodes: rest.nodes, 'heap MB': rest.heap, 'tasks over 50 ms': rest.long.length ? rest.long.join('+') : 'none' });
}

const table = (name) => page.getByRole('region', { name, exact: true });
const rowsOf = (name) => table(name).locator('tbody tr:not([aria-hidden])');
// The table is as asked for, and no call for it is under way.
const settled = async (name) => {
  await rowsOf(name).first().waitFor();
  await table(name).and(page.locator(':not(.stale)')).waitFor();
};
const changed = async (act) => {
  const answered = page.waitForResponse((answer) => /\/flows\?.*orderby/.test(answer.url()));
  await act();
  await answered;
};
const open = (where) => page.evaluate((to) => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')); }, `/ui${where}`);

await page.goto(`${env.UI_BASE}/ui/sources`);
await page.getByLabel('Client ID').fill(env.UI_CLIENT_ID);
await page.getByLabel('Client secret', { exact: true }).fill(env.UI_CLIENT_SECRET);
await page.getByRole('button', { name: 'Sign in', exact: true }).click();
await page.getByRole('button', { name: 'Sign out' }).waitFor();

await step('overview', () => open('/'), () => page.getByText('Dataflows enabled').locator('..').getByText(/\d/).waitFor());
await step('flows, first rows', () => open('/flows'), () => settled('Dataflows'));
const more = page.getByRole('button', { name: 'Show more' });
for (const pages of [1, 9]) {
  await step(`flows, ${pages} more of 50`, async () => {
    for (let n = 0; n < pages; n += 1) await Promise.all([page.waitForResponse(/continuationToken/), more.click()]);
  }, () => page.getByText(`${pages === 1 ? 100 : 550} shown`).waitFor());
}
await step('flows, scrolled to the end of 550', () => table('Dataflows').evaluate(async (box) => {
  for (let top = 0; top < box.scrollHeight; top += 600) { box.scrollTop = top; await new Promise(requestAnimationFrame); }
}), () => settled('Dataflows'));
for (const column of ['Name', 'State', 'Started', 'Created']) {
  await step(`flows, by ${column}`, () => changed(() => table('Dataflows').getByRole('button', { name: column }).click()), () => settled('Dataflows'));
}
for (const [label, value] of [['State', 'enabled'], ['State', 'disabled'], ['State', ''], ['Last run', 'failed'], ['Last run', ''], ['Source', env.UI_ACCOUNT], ['Source', '']]) {
  await step(`flows, ${label} ${value ? (label === 'Source' ? 'of half of them' : value) : 'any'}`, () => changed(() => page.getByRole('search').getByLabel(label, { exact: true }).selectOption(value)), () => settled('Dataflows'));
}
for (const text of ['store', 'übers', '04242', 'no such flow']) {
  // The page waits a quarter of a second for further letters.
  await step(`flows, search ${text}`, () => changed(() => page.getByRole('searchbox').fill(text)),
    () => (text.startsWith('no') ? page.getByText('No dataflow fits').waitFor() : rowsOf('Dataflows').first().filter({ hasText: text }).waitFor()));
}
await step('accounts', () => open('/accounts'), () => settled('Accounts'));
await step('an account of half of them', () => open(`/accounts/${env.UI_ACCOUNT}`), () => settled('Dataflows of the account'));
await step('a flow with many runs', () => open(`/flows/${env.UI_FLOW}`), () => page.getByRole('heading', { level: 1 }).waitFor());
await step('runs', () => open('/runs'), () => settled('Runs'));
process.stdout.write(JSON.stringify({ steps, calls }));
await browser.close();
