// Chooses the sandbox that every page works in. The list comes from the server; only sandboxes that can be used are in it.
import { call, SANDBOXES } from '../lib/api.js';
import { html, useEffect } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { chooseSandbox, sandbox } from '../lib/session.js';
import { useStore } from '../lib/store.js';

export function SandboxSwitcher() {
  const chosen = useStore(sandbox);
  const { data } = useLoad(async (signal) => (await call('GET', `${SANDBOXES}/`, { signal, sandbox: null })).sandboxes, []);
  const known = data ?? [];
  useEffect(() => {
    // The one that was chosen last may be gone, or belong to another organisation.
    if (data?.length && !data.some((one) => one.name === chosen)) {
      chooseSandbox((data.find((one) => one.isDefault) ?? data[0]).name);
    }
  }, [data, chosen]);
  const missing = !known.some((one) => one.name === chosen);
  return html`
    <label class="sandbox-switcher">
      <span class="sr">Sandbox</span>
      <select value=${chosen} onChange=${(event) => chooseSandbox(event.target.value)}>
        ${missing && html`<option value=${chosen}>${chosen}</option>`}
        ${known.map((one) => html`<option value=${one.name}>${one.title || one.name}</option>`)}
      </select>
    </label>
  `;
}
