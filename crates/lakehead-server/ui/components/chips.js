// <Chips label="Category" options=${[['', 'All', 12], …]} value onChange />: one of a few, all of them in sight.
import { html, useId } from '../lib/html.js';

export function Chips({ label, options, value, onChange }) {
  const name = `c${useId()}`;
  return html`
    <fieldset class="chips">
      <legend class="sr">${label}</legend>
      ${options.map(([one, text, count]) => html`
        <label class="chip"><input type="radio" name=${name} value=${one} checked=${one === value} onChange=${() => onChange(one)} />
          <span>${text}${count != null && html` <span class="chip-count">${count}</span>`}</span></label>`)}
    </fieldset>
  `;
}
