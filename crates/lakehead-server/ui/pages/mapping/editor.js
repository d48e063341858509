// <MappingEditor schemaId fields source rows mapping onChange suggest />: which column becomes which field.
//   schemaId, fields   the target: id of its schema, and its fields (lib/fields.js)
//   source             the columns, as a tree of the same form
//   rows               sample rows, which the mapping is tried on
//   mapping            {rules, rejected}; onChange(mapping) with a new one
//   suggest            whether proposals are asked for
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { ErrorBox } from '../../components/error_box.js';
import { toast } from '../../components/toast.js';
import { plural } from '../../lib/format.js';
import { html, useMemo, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { expressionOf, functions, linked, proposed, useTrial } from '../../lib/mapping.js';
import { rowsWithin } from '../../lib/sample.js';
import { CalculatedField } from './calculated.js';
import { MappedRows } from './preview.js';
import { Rules } from './rules.js';
import { Suggestions } from './suggestions.js';
import { Trees } from './trees.js';

export function MappingEditor({ schemaId, fields, source, rows, mapping, onChange, suggest = true }) {
  const { rules, rejected = [] } = mapping;
  const tried = useMemo(() => rowsWithin(rows), [rows]);
  const trial = useTrial({ schemaId, fields, rules, rows: tried });
  const offered = useLoad((signal) => (suggest && tried.length ? proposed(schemaId, tried, signal) : Promise.resolve([])), [schemaId, tried, suggest]);
  const language = useLoad(functions, []);
  const [edited, setEdited] = useState(null);
  const change = (next) => onChange({ ...mapping, ...next });
  const open = trial.open;
  const suggestions = (offered.data ?? []).filter((one) => !rejected.includes(keyOf(one)) && !rules.some((rule) => rule.source === one.source || feeds(rule, one.destination)));
  const link = (from, to) => {
    const next = linked(rules, from, to);
    const replaced = next.length === rules.length;
    change({ rules: next });
    toast(replaced ? `${to} is fed by ${from} now` : `${from} → ${to}`);
  };
  const save = (rule, before) => {
    const kept = before ? rules.filter((one) => one !== before) : rules;
    change({ rules: linked(kept, rule.source, rule.destination, 'EXPRESSION') });
    setEdited(null);
  };
  const names = new Set((language.data ?? []).map((one) => one.function));
  return html`
    <div class="mapping stack">
      <${Summary} rules=${rules} checks=${trial.checks} open=${open} rows=${trial.rows} />
      <${ErrorBox} error=${trial.error} />
      ${offered.error && html`<${ErrorBox} error=${offered.error} onRetry=${offered.reload} />`}
      <${Suggestions} suggestions=${suggestions} rows=${tried} onAccept=${(some) => change({ rules: some.reduce((all, one) => linked(all, one.source, one.destination), rules) })}
        onReject=${(one) => change({ rejected: [...rejected, keyOf(one)] })} />
      <${Trees} source=${source} fields=${fields} rules=${rules} rows=${tried} open=${open} onLink=${link} />
      <${Card} title="Mappings" actions=${html`
        <span class="hint">${plural(rules.length, 'field')}</span>
        <${Button} small icon="code" onClick=${() => setEdited({ rule: { source: '', destination: '' } })}>Calculated field<//>`}>
        <${Rules} rules=${rules} checks=${trial.checks} trial=${trial.rows} onRemove=${(rule) => change({ rules: rules.filter((one) => one !== rule) })}
          onEdit=${(rule) => setEdited({ before: rule, rule: rule.sourceType === 'ATTRIBUTE' ? { ...rule, source: expressionOf(rule.source, names) } : rule })} />
      <//>
      ${tried.length > 0 && html`<${Card} title="Preview" actions=${html`<span class="hint" role="status">${trial.busy ? 'Trying …' : `${plural(trial.rows?.length ?? 0, 'sample row')}, as they would land`}</span>`}>
        <${MappedRows} rules=${rules.filter((rule, at) => !trial.checks[at])} trial=${trial.rows} open=${open} /><//>`}
      ${edited && html`<${CalculatedField} key=${edited.rule.destination} schemaId=${schemaId} fields=${fields} source=${source} rows=${tried} rules=${rules} open=${open}
        rule=${edited.rule} language=${language.data ?? []} onSave=${(rule) => save(rule, edited.before)} onClose=${() => setEdited(null)} />`}
    </div>
  `;
}

const keyOf = (one) => `${one.source}→${one.destination}`;

// How far it is, and what every row still lacks.
function Summary({ rules, checks, open, rows }) {
  const wrong = checks.filter(Boolean).length;
  const rejected = rows?.filter((row) => row.rejected).length ?? 0;
  return html`
    <div class="mapping-summary" role="status">
      <p><strong>${plural(rules.length, 'field')}</strong> mapped</p>
      ${wrong > 0 && html`<p class="says-bad">${plural(wrong, 'mapping')} to correct</p>`}
      ${rows?.length > 0 && open.length === 0 && html`<p class=${rejected ? 'says-bad' : 'says-good'}>${rejected ? `${rejected} of ${plural(rows.length, 'sample row')} would be rejected` : 'No sample row would be rejected'}</p>`}
      ${open.length > 0 && html`<p class="open-fields"><span class="says-bad">${plural(open.length, 'required field')} still open:</span> ${open.map((path) => html`<code key=${path}>${path}</code> `)}</p>`}
    </div>
  `;
}

// Also as a part of an object that is mapped as a whole.
const feeds = ({ destination }, field) => field === destination || field.startsWith(`${destination}.`) || field.startsWith(`${destination}[`);
