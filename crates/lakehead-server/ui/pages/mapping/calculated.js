// The editor of a calculated field: the expression with completion, the help of every function, where a mistake is, and what
// comes out of the sample rows while it is typed.
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { Input } from '../../components/input.js';
import { flatFields, leavesOf } from '../../lib/fields.js';
import { html, useEffect, useId, useMemo, useRef, useState } from '../../lib/html.js';
import { within } from '../../lib/load.js';
import { expressionOf, linked, useTrial, validated } from '../../lib/mapping.js';
import { valueAt } from '../../lib/paths.js';
import { shortText } from '../../lib/sample.js';
import { ExpressionBox } from './expression_box.js';
import { FunctionHelp } from './function_help.js';
import { Mistake } from './mistake.js';

const WAIT_MS = 200;
const SHOWN = 5;

export function CalculatedField({ schemaId, fields, source, rows, rules, open, rule, language, onSave, onClose }) {
  const [text, setText] = useState(rule.source);
  const [to, setTo] = useState(rule.destination);
  const mistake = useMistake(text);
  const box = useRef(null);
  const id = `c${useId()}`;
  const paths = useMemo(() => [...new Set([...open, ...leavesOf(fields).map((field) => field.path.replaceAll('[*]', '[0]'))])], [fields, open]);
  const names = useMemo(() => new Set(language.map((one) => one.function)), [language]);
  const attributes = useMemo(() => flatFields(source).map((field) => ({ text: expressionOf(field.path, names), type: field.type })), [source, names]);
  const known = flatFields(fields).some((field) => field.path === to.trim().replace(/\[\d+\]/g, '[*]'));
  const wanted = Boolean(text.trim() && known && !mistake);
  const insert = (piece, caret) => box.current.insert(piece, caret);
  return html`
    <${Dialog} open title="Calculated field" wide onClose=${onClose} actions=${html`
      <${Button} onClick=${onClose}>Cancel<//>
      <${Button} primary disabled=${!wanted} onClick=${() => onSave({ source: text.trim(), destination: to.trim() })}>Save<//>`}>
      <div class="calculated">
        <div class="stack">
          <${Input} label="Target field" list=${id} value=${to} onInput=${setTo} autocomplete="off" error=${to && !known ? 'There is no such field; choose one of the list' : undefined} />
          <datalist id=${id}>${paths.map((path) => html`<option value=${path} />`)}</datalist>
          <${ExpressionBox} api=${box} value=${text} onInput=${setText} functions=${language} attributes=${attributes} wrong=${Boolean(mistake)} describedBy=${`${id}-wrong`} />
          <div class="expression-state" id=${`${id}-wrong`}>${mistake ? html`<${Mistake} text=${text} message=${mistake} />` : html`<p class="hint">${text.trim() ? 'This can be computed.' : 'Type a function or a column: what fits is offered. All functions are in the list.'}</p>`}</div>
          ${wanted && rows.length > 0 && html`<${Results} ...${{ schemaId, fields, rows, rules, rule: { source: text.trim(), destination: to.trim() } }} />`}
        </div>
        <${FunctionHelp} functions=${language} attributes=${attributes} onInsert=${insert} />
      </div>
    <//>
  `;
}

// What is wrong with the text, a moment after it was typed; '' while nothing is known.
function useMistake(text) {
  const [mistake, setMistake] = useState('');
  useEffect(() => {
    if (!text.trim()) {
      setMistake('');
      return undefined;
    }
    const stop = within();
    const timer = setTimeout(() => validated(text, stop.signal)
      .then((said) => stop.signal.aborted || setMistake(said.validationStatus === 'failed' ? said.error : ''))
      .catch((error) => stop.signal.aborted || setMistake(error.message)), WAIT_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  return mistake;
}

function Results({ schemaId, fields, rows, rules, rule }) {
  const all = useMemo(() => linked(rules, rule.source, rule.destination, 'EXPRESSION'), [rules, rule.source, rule.destination]);
  const some = useMemo(() => rows.slice(0, SHOWN), [rows]);
  const trial = useTrial({ schemaId, fields, rules: all, rows: some });
  const at = all.findIndex((one) => one.destination === rule.destination);
  if (trial.checks[at]) return html`<${Mistake} message=${trial.checks[at]} />`;
  return html`
    <div class="results">
      <h3>Result for the first rows</h3>
      <ol>${some.map((row, index) => {
        const result = trial.rows?.[index];
        const error = result?.errors.find((one) => one.destination === rule.destination);
        const value = result && valueAt(result.data, rule.destination);
        return html`<li key=${index}>${error ? html`<span class="says-bad">${error.exception}</span>` : value === undefined ? html`<span class="hint">${trial.busy ? '…' : result?.rejected ? 'the row would be rejected' : 'nothing'}</span>` : html`<code>${shortText(value, 120)}</code>`}</li>`;
      })}</ol>
    </div>
  `;
}
