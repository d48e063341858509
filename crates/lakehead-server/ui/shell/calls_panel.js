// "As API calls": what the page just did, as commands to copy.
import { CodeBlock } from '../components/code_block.js';
import { Icon } from '../components/icon.js';
import { Toggle } from '../components/toggle.js';
import { calls, curlOf, preamble } from '../lib/calls.js';
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { useRoute } from '../lib/router.js';
import { sandbox, session } from '../lib/session.js';
import { useStore } from '../lib/store.js';

export function CallsPanel({ onClose }) {
  useRoute();
  const [all, setAll] = useState(false);
  const noted = useStore(calls).filter((entry) => all || entry.page === location.pathname).reverse();
  const panel = useRef(null);
  useEffect(() => panel.current.focus(), []);
  return html`
    <aside class="calls" aria-label="As API calls" tabindex="-1" ref=${panel} onKeyDown=${(event) => event.key === 'Escape' && onClose()}>
      <header>
        <h2>As API calls</h2>
        <button type="button" class="icon-button" aria-label="Close API calls" onClick=${onClose}><${Icon} name="close" /></button>
      </header>
      <p class="hint">What this page asked the server for, newest first. Set the variables once, then each command works by itself.</p>
      <${CodeBlock} text=${preamble(session.value, sandbox.value)} label="Variables" />
      <${Toggle} label="Show the calls of former pages too" checked=${all} onChange=${setAll} />
      ${noted.length === 0 && html`<p class="hint">Nothing yet.</p>`}
      <ol class="calls-list">${noted.map((entry) => html`
        <li key=${entry.id}>
          <p><strong>${entry.method}</strong> <span class="calls-path">${entry.url.split('?')[0]}</span> <span class="hint">${entry.status ?? '…'}${entry.ms == null ? '' : `, ${entry.ms} ms`}</span></p>
          <${CodeBlock} text=${curlOf(entry)} label=${`${entry.method} ${entry.url.split('?')[0]}`} />
        </li>`)}
      </ol>
    </aside>
  `;
}
