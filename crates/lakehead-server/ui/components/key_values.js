// <KeyValues items=${[['Name', flow.name], ['Created', html`<${Time} ms=${…} />`]]} />: names and values in two columns.
import { html } from '../lib/html.js';

export function KeyValues({ items }) {
  return html`<dl class="key-values">${items.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value ?? '–'}</dd></div>`)}</dl>`;
}
