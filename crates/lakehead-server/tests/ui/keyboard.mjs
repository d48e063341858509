// A person who has no mouse. Every key is counted, and a control that is not reached with Tab fails the test.
//
//   const keys = keyboard(page);
//   await keys.to('button', 'Next');      Tab until the button has the focus, at most MOST_TABS times
//   await keys.press('Enter');
//   await keys.fill('Name', 'Orders');    to the text field, and type
//   await keys.choose('radio', 'Day');    to the group of radio buttons or tabs, then arrow keys
//   keys.said()                           {keys, characters, pages: [{page, heading, keys: pressed until then}]}
import assert from 'node:assert/strict';
import { pageShown } from './support.mjs';

const MOST_TABS = 60;
const MOST_ARROWS = 20;

export function keyboard(page) {
  let [pressed, characters] = [0, 0];
  const pages = [];

  const press = async (key, times = 1) => {
    for (let at = 0; at < times; at += 1) await page.keyboard.press(key);
    pressed += times;
  };
  const type = async (text) => {
    await page.keyboard.type(text);
    characters += text.length;
  };
  const has = async (place) => await place.and(page.locator(':focus')).count() > 0;
  const until = async (place, key, most, what) => {
    await place.first().waitFor();
    for (let at = 0; at <= most; at += 1) {
      if (await has(place)) {
        await visible(page, what);
        return;
      }
      await press(key);
    }
    assert.fail(`${what} was not reached with ${most} times ${key}; the focus is at ${await focused(page)}`);
  };
  const placeOf = (role, name, within = page) => within.getByRole(role, { name, exact: typeof name === 'string' });
  const to = (role, name, { within, back = false } = {}) => until(placeOf(role, name, within), back ? 'Shift+Tab' : 'Tab', MOST_TABS, `${role} ${name}`);
  // By its label: the field of a secret has no role.
  const fill = async (label, text, { within = page } = {}) => {
    await until(within.getByLabel(new RegExp(`^${label}( optional)?$`)), 'Tab', MOST_TABS, `the field ${label}`);
    await press('Control+A');
    await type(text);
  };
  // One of a group is a stop of Tab, the others are reached with arrows.
  const choose = async (role, name, { within = page, key = 'ArrowRight' } = {}) => {
    const wanted = placeOf(role, name, within);
    const group = wanted.locator('xpath=ancestor::*[self::fieldset or @role="tablist" or @role="tree"][1]').locator('input, [role=tab], [role=treeitem]');
    await until(group, 'Tab', MOST_TABS, `the group of ${role} ${name}`);
    await until(wanted, key, MOST_ARROWS, `${role} ${name}`);
  };
  // A new page or step says where one is by its heading, which has the focus.
  const arrived = async (name) => {
    const heading = page.locator('h1, h2').and(page.getByRole('heading', { name, exact: typeof name === 'string' }));
    await heading.waitFor();
    await page.waitForFunction((element) => document.activeElement === element, await heading.elementHandle(), { timeout: 5000 })
      .catch(async () => assert.fail(`the heading “${name}” has not the focus, but ${await focused(page)}`));
    pages.push({ page: await pageShown(page), heading: await heading.innerText(), keys: pressed });
  };
  return { press, type, to, fill, choose, arrived, has: (role, name) => has(placeOf(role, name)), said: () => ({ keys: pressed, characters, pages }) };
}

const focused = (page) => page.evaluate(() => {
  const one = document.activeElement;
  return `<${one.tagName.toLowerCase()}> ${one.ariaLabel ?? one.textContent?.trim().slice(0, 60)}`;
});

// What has the focus is in the window, and neither a bar nor anything else lies upon it.
async function visible(page, what) {
  const upon = await page.evaluate(() => {
    const one = document.activeElement;
    const { left, right, top, bottom } = one.getBoundingClientRect();
    if (bottom <= 0 || top >= innerHeight) return `it is outside of the window, ${Math.round(top)} to ${Math.round(bottom)}`;
    const hit = document.elementFromPoint((left + right) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2);
    const same = one.contains(hit) || hit?.contains(one) || hit?.closest('label')?.contains(one);
    return same ? '' : `<${hit?.tagName.toLowerCase()}> ${hit?.textContent.trim().slice(0, 60)} lies upon it`;
  });
  assert.equal(upon, '', `${what} has the focus but cannot be seen`);
}
