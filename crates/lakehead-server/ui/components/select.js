// <Select label="Format" value=${format} options=${[['json', 'JSON'], ['csv', 'CSV']]} onChange=${setFormat} />
//   options      [value, text] pairs or plain values; `empty` is the text of the choice of nothing
import { Field } from './field.js';
import { html } from '../lib/html.js';

export function Select({ label, help, error, required, optional, hideLabel, value, options, empty, onChange, ...rest }) {
  const pairs = options.map((option) => (Array.isArray(option) ? option : [option, String(option)]));
  return html`
    <${Field} ...${{ label, help, error, required, optional, hideLabel }}>${(ids) => html`
      <select ...${ids} ...${rest} value=${value ?? ''} onChange=${(event) => onChange?.(event.target.value)}>
        ${empty !== undefined && html`<option value="">${empty}</option>`}
        ${pairs.map(([one, text]) => html`<option value=${one}>${text}</option>`)}
      </select>`}
    <//>
  `;
}
