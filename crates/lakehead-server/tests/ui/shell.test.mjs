// The frame of all pages: signing in and out, sandboxes, themes, navigation, API calls, size.
import assert from 'node:assert/strict';
import { audit, browserTest, server, signedIn } from './support.mjs';

browserTest('sign in with the keyboard alone, and come back to where one was', async ({ page }) => {
  await page.goto(`${server.base}/ui/sources?search=amazon`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await audit(page, 'sign-in');
  await page.waitForFunction(() => document.activeElement.tagName === 'INPUT');
  await page.keyboard.type(server.clientId);
  await page.keyboard.press('Tab');
  await page.keyboard.type(server.clientSecret);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Amazon S3' }).waitFor();
  assert.equal(page.url(), `${server.base}/ui/sources?search=amazon`);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Sources', 'the heading has the focus');
  const kept = await page.evaluate(() => [JSON.stringify(localStorage), location.href]);
  assert.ok(!kept.some((text) => text.includes('eyJ')), 'the token is neither in local storage nor in the address');
  await page.reload();
  await page.getByRole('heading', { name: 'Amazon S3' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem('lakehead.session')), null);
});

browserTest('a wrong secret is explained', async ({ page }) => {
  await page.goto(`${server.base}/ui/`);
  await page.getByLabel('Client ID').fill('<img src=x onerror=alert(1)>');
  await page.getByLabel('Client secret', { exact: true }).fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('the client id or its secret is wrong').waitFor();
}, { allowed: ['401'] });

browserTest('a person signs in with an external issuer', async ({ page }) => {
  await page.goto(`${server.base}/ui/sources`);
  await page.getByRole('button', { name: `Continue with ${new URL(server.issuer).host}` }).click();
  await page.getByRole('heading', { name: 'Amazon S3' }).waitFor();
  assert.equal(page.url(), `${server.base}/ui/sources`);
});

browserTest('an answer that nobody asked the issuer for is refused', async ({ page }) => {
  await page.goto(`${server.base}/ui/sign-in?code=stolen&state=other`);
  await page.getByRole('alert').getByText('not begun in this tab').waitFor();
  assert.equal(page.url(), `${server.base}/ui/sign-in`);
});

browserTest('a token that holds no more leads to the sign-in page and back', async ({ page }) => {
  await signedIn(page);
  await page.evaluate(() => {
    const session = JSON.parse(sessionStorage.getItem('lakehead.session'));
    sessionStorage.setItem('lakehead.session', JSON.stringify({ ...session, token: `${session.token}x` }));
  });
  await page.goto(`${server.base}/ui/sources?search=s3`);
  await page.getByText('Your session has ended').waitFor();
  assert.ok(page.url().includes('back=%2Fui%2Fsources%3Fsearch%3Ds3'), page.url());
}, { allowed: ['401'] });

browserTest('each click is shown as an API call, without secrets', async ({ page }) => {
  await signedIn(page);
  await page.getByRole('heading', { name: 'Amazon S3' }).waitFor();
  await page.getByRole('button', { name: 'As API calls' }).click();
  const panel = page.getByRole('complementary', { name: 'As API calls' });
  await panel.getByText('/data/foundation/flowservice/connectionSpecs', { exact: true }).waitFor();
  await panel.getByLabel('Show the calls of former pages too').check();
  await panel.getByText('client_secret=').last().waitFor();
  const shown = await panel.innerText();
  assert.ok(shown.includes('Bearer $ACCESS_TOKEN') && shown.includes('$CLIENT_SECRET'), shown);
  assert.ok(!shown.includes(server.clientSecret) && !shown.includes('eyJ'), 'no secret and no token');
  await audit(page, 'api-calls');
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
});

browserTest('what was typed into a body is shown as it was sent, and secrets by name', async ({ page }) => {
  await page.goto(`${server.base}/ui/components`);
  const shown = await page.evaluate(async () => {
    const { calls, curlOf, noted } = await import('/ui/files/now/lib/calls.js');
    const body = { name: "Ann's $HOME `id`", auth: { params: { s3SecretKey: 'hidden-1', note: 'has hidden-2' } } };
    noted({ method: 'POST', url: '/x?a=$(id)', headers: { 'if-match': '"1"' }, body, secrets: ['hidden-2'] });
    return curlOf(calls.value.at(-1));
  });
  assert.ok(!shown.includes('hidden-'), shown);
  assert.ok(shown.includes(`"s3SecretKey": "'"$S3_SECRET_KEY"'"`) && shown.includes(`has '"$SECRET"'`), shown);
  assert.ok(shown.includes("Ann'\\''s $HOME `id`") && shown.includes('$BASE/x?a=\\$(id)'), shown);
});

browserTest('the theme and the navigation of a narrow window', async ({ page }) => {
  await signedIn(page);
  await page.getByRole('button', { name: /^Theme: system/ }).click();
  await page.getByRole('button', { name: /^Theme: light/ }).click();
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByRole('button', { name: 'Pages' }).click();
  await page.waitForFunction(() => document.activeElement.textContent === 'Overview');
  await page.keyboard.press('Escape');
  await page.getByRole('navigation', { name: 'Pages' }).waitFor({ state: 'hidden' });
});

browserTest('every page together is small', async ({ page, context, t }) => {
  const client = await context.newCDPSession(page);
  await client.send('Network.enable');
  const sizes = new Map();
  const addresses = new Map();
  client.on('Network.responseReceived', ({ requestId, response }) => addresses.set(requestId, response.url));
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const address = addresses.get(requestId) ?? '';
    if (address.startsWith(`${server.base}/ui`)) sizes.set(address, encodedDataLength);
  });
  await signedIn(page);
  await page.getByRole('heading', { name: 'Amazon S3' }).waitFor();
  // Further pages belong here, by the links that lead to them.
  await page.getByRole('link', { name: 'Components' }).click();
  await page.locator('.u-over').first().waitFor();
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  assert.ok(sizes.size > 30 && total < 300_000, `${total} bytes in ${sizes.size} files`);
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
  t.diagnostic(`${total} bytes in ${sizes.size} files, first paint after ${Math.round(paint)} ms`);
});
