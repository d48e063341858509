// <Card title="Rows" actions=${…} level=${2}>…</Card>: a box with a heading.
import { html } from '../lib/html.js';

export function Card({ title, actions, level = 2, children, ...rest }) {
  return html`
    <section class="card" ...${rest}>
      ${(title || actions) && html`<header class="card-head">${title && html`<${`h${level}`}>${title}<//>`}${actions && html`<div class="actions">${actions}</div>`}</header>`}
      ${children}
    </section>
  `;
}
