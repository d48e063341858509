// An address that is no page.
import { EmptyState } from '../components/empty_state.js';
import { Page } from '../components/page.js';
import { html } from '../lib/html.js';
import { path } from '../lib/router.js';

export default function NotFound() {
  return html`
    <${Page} title="There is no such page">
      <${EmptyState} icon="search" title="Nothing is at this address" action=${html`<a class="button" href=${path('/')}>To the first page</a>`}>
        The link may be old, or a letter may be missing.
      <//>
    <//>
  `;
}
