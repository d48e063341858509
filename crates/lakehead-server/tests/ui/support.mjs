// What every test of the interface uses. A test of a page is a few lines:
//
//   browserTest('the list of flows', async ({ page }) => {
//     await signedIn(page, '/flows');
//     await page.getByRole('heading', { name: 'Flows' }).waitFor();
//     await audit(page, 'flows');
//   });
//
// Each test has a browser context of its own. It fails when the page logs an error, throws, or breaks its policy.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, test } from 'node:test';

const installed = createRequire(path.join(process.env.TEST_NODE_MODULES, 'any.js'));
const { chromium } = installed('playwright-core');
const axe = fs.readFileSync(installed.resolve('axe-core/axe.min.js'), 'utf8');

// What the Rust side of the tests has made: a client, an S3 server, and a flow with a finished run.
export const server = {
  base: process.env.UI_BASE,
  clientId: process.env.UI_CLIENT_ID,
  clientSecret: process.env.UI_CLIENT_SECRET,
  issuer: process.env.UI_ISSUER,
  connection: process.env.UI_CONNECTION,
  dataset: process.env.UI_DATASET,
  flow: process.env.UI_FLOW,
  run: process.env.UI_RUN,
  // A flow with rejected rows and a file that failed, one whose only run failed, one that has not run and takes a while,
  // and one to be changed and deleted.
  flawed: { rejected: process.env.UI_FLOW_REJECTED, failed: process.env.UI_FLOW_FAILED, large: process.env.UI_FLOW_LARGE, spare: process.env.UI_FLOW_SPARE },
  // One that takes a while and is to be cancelled, and one with two files that are to be read again.
  changed: { cancelled: process.env.UI_FLOW_CANCELLED, redone: process.env.UI_FLOW_REDONE },
  // Where a file of orders can be put, and what is in it.
  late: { url: process.env.UI_LATE_FILE, rows: process.env.UI_LATE_ROWS },
  spare: { sandbox: process.env.UI_SPARE_SANDBOX, dataset: process.env.UI_SPARE_DATASET },
  // A server of one organisation with many dataflows.
  alone: {
    base: process.env.UI_ALONE_BASE,
    clientId: process.env.UI_ALONE_CLIENT_ID,
    clientSecret: process.env.UI_ALONE_CLIENT_SECRET,
    flows: Number(process.env.UI_ALONE_FLOWS),
    accounts: Number(process.env.UI_ALONE_ACCOUNTS),
  },
  s3: { endpoint: process.env.UI_S3_ENDPOINT, bucket: process.env.UI_S3_BUCKET, accessKey: process.env.UI_S3_ACCESS_KEY, secretKey: process.env.UI_S3_SECRET_KEY },
};
export const SCREENSHOTS = path.join(process.env.TEST_NODE_MODULES, '../../screenshots');

const LOOKS = [
  { name: 'light', colorScheme: 'light', width: 1280, height: 800 },
  { name: 'dark', colorScheme: 'dark', width: 1280, height: 800 },
  { name: 'narrow', colorScheme: 'light', width: 360, height: 740 },
];

let browser;
after(() => browser?.close());

// `allowed` are parts of console messages that the test brings about on purpose, such as a refused request.
export function browserTest(name, run, { allowed = [] } = {}) {
  test(name, async (t) => {
    browser ??= await chromium.launch({ executablePath: process.env.TEST_CHROMIUM, args: ['--no-sandbox'] });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(20_000);
    const wrong = [];
    context.on('console', (message) => {
      const text = `${message.type()}: ${message.text()} ${message.location().url}`;
      if (['error', 'warning'].includes(message.type()) && !allowed.some((part) => text.includes(part))) wrong.push(text);
    });
    context.on('weberror', (error) => wrong.push(String(error.error().stack)));
    const page = await context.newPage();
    try {
      await run({ page, context, t });
    } catch (error) {
      fs.mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: path.join(SCREENSHOTS, `FAILED-${name.replace(/\W+/g, '-')}.png`) }).catch(() => {});
      error.message += `\nat ${page.url()}${wrong.map((text) => `\n${text}`).join('')}`;
      throw error;
    } finally {
      await context.close();
    }
    assert.deepEqual(wrong, [], 'the page complained');
  });
}

// Opens a page (its path below /ui) as the client of the test; the form is filled as a person fills it.
export async function signedIn(page, where = '/sources', at = server) {
  await page.goto(`${at.base}/ui${where}`);
  await page.getByLabel('Client ID').fill(at.clientId);
  await page.getByLabel('Client secret', { exact: true }).fill(at.clientSecret);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

// Keeps what a test has measured or looked at, beside the screenshots.
export function note(entry) {
  fs.mkdirSync(SCREENSHOTS, { recursive: true });
  fs.appendFileSync(process.env.UI_NOTES ?? path.join(SCREENSHOTS, 'notes.jsonl'), `${JSON.stringify(entry)}\n`);
}

// The row of the table of pages that is shown.
export const pageShown = (page) => page.evaluate(async () => (await import('/ui/files/now/lib/router.js')).route.value.page.path);

// axe finds nothing, nothing is wider than the window, and there is a screenshot, in light, dark and narrow.
// It looks from the beginning of the page: what stays on top would lie upon half of a link elsewhere.
export async function audit(page, name) {
  const before = page.viewportSize();
  const scrolled = await page.evaluate(() => scrollY);
  fs.mkdirSync(SCREENSHOTS, { recursive: true });
  for (const look of LOOKS) {
    await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width: look.width, height: look.height });
    await page.evaluate(() => scrollTo(0, 0));
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    await page.screenshot({ path: path.join(SCREENSHOTS, `${name}-${look.name}.png`), fullPage: true });
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }));
    const violations = found.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`);
    note({ kind: 'audit', page: await pageShown(page), name, look: look.name, passed: found.passes.length, violations: violations.length });
    assert.deepEqual(violations, [], `${name} in ${look.name}`);
    const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= window, `${name} in ${look.name} is ${wide} px wide in a window of ${window} px`);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await page.setViewportSize(before);
  await page.evaluate((to) => scrollTo(0, to), scrolled);
}
