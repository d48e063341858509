// The rules one below another: the field, what feeds it, what comes out for the first row, and what is wrong.
import { EmptyState } from '../../components/empty_state.js';
import { Icon } from '../../components/icon.js';
import { classes, html } from '../../lib/html.js';
import { valueAt } from '../../lib/paths.js';
import { shortText } from '../../lib/sample.js';
import { Mistake } from './mistake.js';

export function Rules({ rules, checks, trial, onEdit, onRemove }) {
  if (!rules.length) return html`<${EmptyState} icon="link" title="Nothing is mapped yet">Accept suggestions, or link a column with a field above.<//>`;
  return html`<ul class="rule-list">${rules.map((rule, at) => html`<${Rule} key=${rule.destination} rule=${rule} wrong=${checks[at]} result=${resultOf(rule, trial)} onEdit=${onEdit} onRemove=${onRemove} />`)}</ul>`;
}

function Rule({ rule, wrong, result, onEdit, onRemove }) {
  const calculated = rule.sourceType === 'EXPRESSION';
  return html`
    <li class=${classes('rule', wrong && 'wrong')}>
      <span class="rule-path">${calculated ? html`<span class="field-mark">calculated</span> <code>${shortText(rule.source, 200)}</code>`
        : rule.sourceType === 'STATIC' ? html`<span class="field-mark">always</span> <span class="path">${rule.source}</span>` : html`<span class="path">${rule.source}</span>`}</span>
      <span class="rule-arrow" aria-hidden="true">→</span>
      <span class="rule-path"><span class="path">${rule.destination}</span></span>
      <span class="rule-result" title=${result}>${result && html`<span class="sr">First result: </span>${result}`}</span>
      <span class="actions">
        <button type="button" class="icon-button" aria-label=${`Calculate ${rule.destination}`} title="Edit as a calculated field" onClick=${() => onEdit(rule)}><${Icon} name="code" /></button>
        <button type="button" class="icon-button" aria-label=${`Remove ${rule.destination}`} title="Remove" onClick=${() => onRemove(rule)}><${Icon} name="trash" /></button>
      </span>
      ${wrong && html`<${Mistake} text=${calculated ? rule.source : ''} message=${wrong} />`}
    </li>
  `;
}

function resultOf(rule, trial) {
  const found = trial?.find((row) => ![undefined, null].includes(valueAt(row.data, rule.destination)));
  return found ? shortText(valueAt(found.data, rule.destination), 60) : '';
}
