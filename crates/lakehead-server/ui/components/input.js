// <Input label="Name" value=${name} onInput=${setName} />: one line of text.
//   secret       masked, with a button that shows it
//   type         text, number, search, email, url, date, datetime-local …; icon puts a drawing in front
//   help, error, required, optional, hideLabel as in field.js; the rest goes to <input>
import { Field } from './field.js';
import { Icon } from './icon.js';
import { html, useState } from '../lib/html.js';

export function Input({ label, help, error, required, optional, hideLabel, secret, icon, type = 'text', value, onInput, ...rest }) {
  const [shown, setShown] = useState(false);
  const kind = secret && !shown ? 'password' : secret ? 'text' : type;
  return html`
    <${Field} ...${{ label, help, error, required, optional, hideLabel }}>${(ids) => html`
      <span class="input-box">
        ${icon && html`<${Icon} name=${icon} />`}
        <input ...${ids} ...${rest} type=${kind} value=${value ?? ''} spellcheck="false" onInput=${(event) => onInput?.(event.target.value)} />
        ${secret && html`<button type="button" class="icon-button" aria-pressed=${String(shown)} aria-label=${`Show ${label}`} onClick=${() => setShown(!shown)}><${Icon} name="eye" /></button>`}
      </span>`}
    <//>
  `;
}
