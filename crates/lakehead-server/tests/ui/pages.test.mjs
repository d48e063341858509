// Every page of the table of pages, opened by its address: it draws a heading, complains of nothing, and is small.
// Nothing on it moves while answers come. What it loads and when it is painted first are noted; that each page was looked at by axe is checked when all tests have run.
import assert from 'node:assert/strict';
import { browserTest, note, server, signedIn } from './support.mjs';

const S3 = 'ecadc60c-7455-4d87-84dc-2a0e293d997b';
const MOST_BYTES = 300_000;
// The layout shift score up to which pages are commonly called stable.
const MOST_SHIFT = 0.1;
// Answers of the API come late enough that a page is painted before them.
const LATE_MS = 150;

// Where each page is that has parameters.
async function examples(page) {
  const found = await page.evaluate(async ([dataset]) => {
    const { call, CATALOG, CONVERSION } = await import('/ui/files/now/lib/api.js');
    const [{ schemaRef, lastBatchId }, sets] = await Promise.all([
      call('GET', `${CATALOG}/dataSets/${dataset}`).then((body) => body[dataset]), call('GET', `${CONVERSION}/mappingSets`, { query: { limit: 1 } })]);
    return { schema: schemaRef.id, batch: lastBatchId, set: sets.data[0].id };
  }, [server.dataset]);
  return {
    '/schemas/:id': `/schemas/${encodeURIComponent(found.schema)}`,
    '/mapping-sets/:id': `/mapping-sets/${found.set}`,
    '/sources/:spec/add': `/sources/${S3}/add`,
    '/accounts/new/:spec': `/accounts/new/${S3}`,
    '/accounts/:id': `/accounts/${server.connection}`,
    '/flows/:id': `/flows/${server.flow}`,
    '/runs/:id': `/runs/${server.run}`,
    '/datasets/:id': `/datasets/${server.dataset}`,
    '/datasets/:id/batches/:batch': `/datasets/${server.dataset}/batches/${found.batch}`,
  };
}

async function everyPage(page) {
  const known = await examples(page);
  const paths = await page.evaluate(async () => (await import('/ui/files/now/pages.js')).PAGES.map((one) => one.path));
  return paths.filter((path) => path !== '/sign-in').map((path) => {
    assert.ok(!path.includes(':') || known[path], `pages.test.mjs does not say where there is a page ${path}`);
    return [path, known[path] ?? path];
  });
}

// What has moved on the page since it began to load, without anybody having pressed or typed something: how much, and what
// from which height to which.
function shiftsSeen() {
  const observer = new PerformanceObserver(() => {});
  observer.observe({ type: 'layout-shift', buffered: true });
  const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(' ');
  return observer.takeRecords().filter((one) => !one.hadRecentInput).map(({ value, sources }) => ({
    value, of: sources.map(({ node, previousRect, currentRect }) => `${node?.nodeName} ${node?.className ?? ''}: ${place(previousRect)} to ${place(currentRect)}`),
  }));
}

browserTest('each page is small, and painted soon', async ({ page, context, t }) => {
  const client = await context.newCDPSession(page);
  await client.send('Network.enable');
  // As the first visit of a person.
  await client.send('Network.setCacheDisabled', { cacheDisabled: true });
  const addresses = new Map();
  let sizes = new Map();
  client.on('Network.responseReceived', ({ requestId, response }) => addresses.set(requestId, response.url));
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const address = addresses.get(requestId) ?? '';
    if (address.startsWith(`${server.base}/ui`)) sizes.set(address, encodedDataLength);
  });
  const measured = async (path, address) => {
    sizes = new Map();
    await page.goto(`${server.base}/ui${address}`, { waitUntil: 'networkidle' });
    await page.locator('main h1').waitFor();
    const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    note({ kind: 'load', page: path, bytes, files: sizes.size, firstPaintMs: Math.round(paint) });
    t.diagnostic(`${path}: ${bytes} bytes in ${sizes.size} files, first paint after ${Math.round(paint)} ms`);
    assert.ok(sizes.size > 10 && bytes < MOST_BYTES, `${path}: ${bytes} bytes in ${sizes.size} files`);
    assert.equal(await page.locator('main h1').count(), 1, `${path} has one heading`);
  };
  // Who is signed in does not see it.
  await measured('/sign-in', '/sign-in');
  await signedIn(page);
  for (const [path, address] of await everyPage(page)) await measured(path, address);
  // What only operators see is refused to a client.
}, { allowed: ['403'] });

browserTest('nothing moves while a page loads', async ({ page, t }) => {
  await signedIn(page);
  const all = await everyPage(page);
  await page.route((url) => !url.pathname.startsWith('/ui'), async (route) => {
    await new Promise((go) => setTimeout(go, LATE_MS));
    await route.continue().catch(() => {});
  });
  const moved = [];
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    for (const [path, address] of all) {
      await page.goto(`${server.base}/ui${address}`, { waitUntil: 'networkidle' });
      const shifts = await page.evaluate(shiftsSeen);
      const shift = shifts.reduce((sum, one) => sum + one.value, 0);
      note({ kind: 'shift', page: path, width, shift });
      t.diagnostic(`${path} at ${width} px: layout shift ${shift.toFixed(4)}`);
      if (shift > MOST_SHIFT) moved.push(`${path} at ${width} px: ${JSON.stringify(shifts)}`);
    }
  }
  assert.deepEqual(moved, []);
}, { allowed: ['403'] });
