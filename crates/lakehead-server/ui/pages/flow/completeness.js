// Whether everything that the source has is in the table, and nothing else: said in one sentence, and file by file where not.
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { DataTable } from '../../components/data_table.js';
import { EmptyState } from '../../components/empty_state.js';
import { ErrorBox } from '../../components/error_box.js';
import { Icon } from '../../components/icon.js';
import { KeyValues } from '../../components/key_values.js';
import { StateBadge } from '../../components/state_badge.js';
import { Time } from '../../components/time.js';
import { Toggle } from '../../components/toggle.js';
import { call, FLOW } from '../../lib/api.js';
import { bytes, count, plural } from '../../lib/format.js';
import { html, useState } from '../../lib/html.js';

const NAMED = 200;
const LOOKS = { lost: 'failed', missing: 'failed', failed: 'failed', different: 'warning', extra: 'failed' };

export function Completeness({ flow }) {
  const [deep, setDeep] = useState(false);
  const [state, setState] = useState({});
  const verify = async () => {
    setState({ busy: true });
    try {
      setState({ found: await call('GET', `${FLOW}/flows/${flow}/completeness`, { query: { deep: deep || undefined, limit: NAMED } }) });
    } catch (error) {
      setState({ error });
    }
  };
  const { busy, found, error } = state;
  return html`
    <${Card} title="Is everything there?" actions=${html`<${Button} icon="shield" busy=${busy} onClick=${verify}>Verify now<//>`}>
      <p class="hint">Compares three things that are kept apart: what the source lists now, the ledger of what has landed, and the table with its data files.</p>
      <${Toggle} label="Open every data file and count its rows" help="Takes longer; proves that the files say what the table says." checked=${deep} onChange=${setDeep} />
      <div aria-live="polite">${error && html`<${ErrorBox} error=${error} onRetry=${verify} />`}${found && html`<${Found} found=${found} />`}
        ${busy && html`<p class="hint">Comparing…</p>`}</div>
    <//>
  `;
}

function Found({ found }) {
  const faults = Object.entries(found.counts).filter(([, number]) => number > 0);
  return html`
    <div class="stack">
      <div class=${`verdict ${found.complete ? 'good' : 'bad'}`}><${Icon} name=${found.complete ? 'check' : 'alert'} /><p>${found.summary}</p></div>
      <${KeyValues} items=${[
        ['Source', `${plural(found.source.objects ?? 0, 'file')}, ${bytes(found.source.bytes)}`],
        ['Ledger', `${plural(found.ledger.objects ?? 0, 'file')}, ${plural(found.ledger.rows ?? 0, 'row')}`],
        ['Table', `${plural(found.table.files ?? 0, 'data file')}, ${plural(found.table.rows ?? 0, 'row')} of all dataflows`],
        ['Verified', html`<${Time} ms=${found.verifiedAt} absolute />${found.deep ? ', data files were opened' : ''}`],
      ]} />
      ${(found.complete || found.findings.length >= NAMED) && faults.length > 0 && html`<p class="hint">${faults.map(([kind, number]) => `${count(number)} ${kind}`).join(', ')}${found.findings.length >= NAMED ? `; at most ${NAMED} of each kind are named` : ''}</p>`}
      <div class="wrap-table">${found.findings.length > 0
        ? html`<${DataTable} label="Findings" rows=${found.findings} rowKey=${(one) => `${one.kind} ${one.name} ${one.message}`} columns=${[
          { key: 'name', title: 'File', render: (one) => html`<span class="mono">${one.name}</span>` },
          { key: 'kind', title: 'What it is', render: (one) => html`<${StateBadge} state=${LOOKS[one.kind] ?? 'note'}>${one.kind}<//>` },
          { key: 'message', title: 'In words' },
        ]} />`
        : html`<${EmptyState} icon="check" title="No file differs">Each file of the source is in the table once.<//>`}</div>
    </div>
  `;
}
