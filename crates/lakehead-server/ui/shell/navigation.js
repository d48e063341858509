// The list of pages on the left; a drawer over the page on narrow screens.
import { Icon } from '../components/icon.js';
import { classes, html, useEffect, useRef } from '../lib/html.js';
import { path, useRoute } from '../lib/router.js';
import { GROUPS, PAGES } from '../pages.js';

export function Navigation({ open, onClose }) {
  const { path: here } = useRoute();
  const first = useRef(null);
  useEffect(() => {
    if (open) first.current?.querySelector('a')?.focus();
  }, [open]);
  const groups = GROUPS.map((group) => [group, PAGES.filter((page) => page.group === group)]).filter(([, pages]) => pages.length);
  return html`
    <nav class=${classes('navigation', open && 'open')} aria-label="Pages" ref=${first}
      onKeyDown=${(event) => event.key === 'Escape' && onClose()}>
      ${groups.map(([group, pages]) => html`
        <div class="navigation-group">
          <h2>${group}</h2>
          <ul>${pages.map((page) => html`<li><${Entry} page=${page} here=${here} /></li>`)}</ul>
        </div>`)}
      <div class="navigation-foot">
        <a href=${path('/components')}>Components</a>
        <a href="/docs" target="_blank" rel="noopener">API reference</a>
      </div>
    </nav>
    ${open && html`<div class="navigation-shade" onClick=${onClose}></div>`}
  `;
}

function Entry({ page, here }) {
  const current = here === page.path ? 'page' : here.startsWith(`${page.path}/`) ? 'true' : undefined;
  return html`<a href=${path(page.path)} aria-current=${current}><${Icon} name=${page.icon} />${page.title}</a>`;
}
