// <Page title="Sources" subtitle="…" actions=${…} crumbs=${[['Flows', '/flows']]}>…</Page>
// The frame of a page's content: heading (which gets the focus when the page is opened), actions, content.
import { html, useEffect } from '../lib/html.js';
import { path } from '../lib/router.js';

export function Page({ title, subtitle, actions, crumbs = [], children }) {
  useEffect(() => {
    document.title = `${title} · Lakehead`;
  }, [title]);
  return html`
    <div class="page">
      ${crumbs.length > 0 && html`<nav class="crumbs" aria-label="Where this is"><ol>${crumbs.map(([text, to]) => html`<li><a href=${path(to)}>${text}</a></li>`)}</ol></nav>`}
      <header class="page-head">
        <div>
          <h1 tabindex="-1">${title}</h1>
          ${subtitle && html`<p class="subtitle">${subtitle}</p>`}
        </div>
        ${actions && html`<div class="actions">${actions}</div>`}
      </header>
      ${children}
    </div>
  `;
}
