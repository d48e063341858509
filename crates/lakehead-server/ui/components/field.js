// <Field label="Name" help="…" error="…" required>${(ids) => html`<input ...${ids} />`}</Field>
// Label, help and error of any control. The control is drawn by a function, which gets the attributes that tie them together.
import { Icon } from './icon.js';
import { classes, html, useId } from '../lib/html.js';

export function Field({ label, help, error, required, optional, hideLabel, children }) {
  const id = `f${useId()}`;
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  const attributes = { id, 'aria-describedby': described, 'aria-invalid': error ? 'true' : undefined, required: required || undefined };
  return html`
    <div class=${classes('field', error && 'wrong')}>
      <label for=${id} class=${hideLabel ? 'sr' : undefined}>${label}${optional && html` <span class="hint">optional</span>`}</label>
      ${children(attributes)}
      ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
      ${error && html`<p class="field-error" id=${`${id}-error`}><${Icon} name="alert" />${error}</p>`}
    </div>
  `;
}
