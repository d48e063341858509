// <Time ms=${flow.createdAt} />: how long ago, with the exact time in its title; `absolute` shows the exact time.
import { html } from '../lib/html.js';
import { absolute as exact, relative } from '../lib/format.js';

export function Time({ ms, absolute }) {
  if (ms == null) return html`<span>–</span>`;
  return html`<time datetime=${new Date(ms).toISOString()} title=${exact(ms)}>${absolute ? exact(ms) : relative(ms)}</time>`;
}
