// <Textarea label="Description" value=${text} onInput=${setText} rows=${4} mono />: several lines of text.
import { Field } from './field.js';
import { html } from '../lib/html.js';

export function Textarea({ label, help, error, required, optional, hideLabel, mono, value, onInput, rows = 4, ...rest }) {
  return html`
    <${Field} ...${{ label, help, error, required, optional, hideLabel }}>${(ids) => html`
      <textarea ...${ids} ...${rest} rows=${rows} class=${mono ? 'mono' : undefined} spellcheck="false" value=${value ?? ''}
        onInput=${(event) => onInput?.(event.target.value)}></textarea>`}
    <//>
  `;
}
