// <ChoiceList label searchLabel search onSearch items chosen onChoose … />: one of many, each with a title, a text and a hint.
//   items    [{id, title, text, hint, created}], undefined while nothing is known
import { Button } from '../../components/button.js';
import { ErrorBox } from '../../components/error_box.js';
import { Search } from '../../components/toolbar.js';
import { Time } from '../../components/time.js';
import { html, useId } from '../../lib/html.js';

export function ChoiceList({ label, searchLabel, search, onSearch, items, chosen, onChoose, loading, error, onRetry, more, onMore, empty }) {
  const name = `choice-${useId()}`;
  return html`
    <div class="choice">
      <${Search} label=${searchLabel} value=${search} onInput=${onSearch} />
      ${error && html`<${ErrorBox} error=${error} onRetry=${onRetry} />`}
      <fieldset class="choice-list" aria-busy=${loading ? 'true' : undefined}>
        <legend class="sr">${label}</legend>
        ${items?.map((item) => html`
          <label key=${item.id} class="choice-item">
            <input type="radio" name=${name} value=${item.id} checked=${item.id === chosen} onChange=${() => onChoose(item)} />
            <span class="choice-title">${item.title}${item.text && html` <span class="hint">${item.text}</span>`}</span>
            <span class="hint">${item.hint}${item.created && html`${item.hint && ' · '}<${Time} ms=${item.created} />`}</span>
          </label>`)}
        ${!items && loading && html`<p class="hint choice-item">Loading …</p>`}
        ${items?.length === 0 && html`<p class="hint choice-item">${empty}</p>`}
      </fieldset>
      ${more && html`<div><${Button} small busy=${loading} onClick=${onMore}>Show more<//></div>`}
    </div>
  `;
}
