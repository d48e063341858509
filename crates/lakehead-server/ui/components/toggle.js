// <Toggle label="Partial ingestion" checked=${on} onChange=${setOn} help="…" disabled />: on or off, at once.
import { html, useId } from '../lib/html.js';

export function Toggle({ label, help, checked, onChange, disabled }) {
  const id = `t${useId()}`;
  return html`
    <div class="toggle">
      <input type="checkbox" role="switch" id=${id} checked=${checked} disabled=${disabled} aria-describedby=${help ? `${id}-help` : undefined}
        onChange=${(event) => onChange?.(event.target.checked)} />
      <label for=${id}>${label}</label>
      ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
    </div>
  `;
}
