// Where sample rows come from on the page of a mapping set: rows that a run rejected, a dataflow that uses it, or a person who
// pastes them. `batch` is that of the run from which one came here, if any.
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { ErrorBox } from '../../components/error_box.js';
import { Textarea } from '../../components/textarea.js';
import { call, FLOW } from '../../lib/api.js';
import { rejectedRowsOf } from '../../lib/diagnostics.js';
import { plural } from '../../lib/format.js';
import { html, useEffect, useRef, useState } from '../../lib/html.js';
import { sampleOfSource } from '../../lib/sample.js';

export function SampleRows({ flows, batch, sample, onSample }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const [text, setText] = useState('');
  const [pasting, setPasting] = useState(false);
  const flow = flows?.[0];
  const tried = useRef(false);
  const take = async (rows) => {
    setBusy(true);
    setError(null);
    try {
      onSample(await rows());
    } catch (failed) {
      setError(failed);
    }
    setBusy(false);
  };
  const fromFlow = () => take(async () => {
    const source = await call('GET', `${FLOW}/sourceConnections/${flow.sourceConnectionIds[0]}`);
    return sampleOfSource(source.items?.[0] ?? source);
  });
  const fromRun = () => take(async () => ({ rows: await rejectedRowsOf(batch), from: 'that the run rejected' }));
  useEffect(() => {
    if (tried.current || !(batch || (flow && batch === null))) return;
    tried.current = true;
    if (batch) fromRun();
    else fromFlow();
  }, [flow, batch]);
  const paste = () => {
    const rows = rowsOfText(text);
    if (rows instanceof Error) return setError(rows);
    setError(null);
    setPasting(false);
    return onSample({ rows });
  };
  return html`
    <${Card} title="Sample rows" actions=${html`
      ${batch && html`<${Button} small icon="alert" busy=${busy} onClick=${fromRun}>Rejected rows<//>`}
      ${flow && html`<${Button} small icon="refresh" busy=${busy} onClick=${fromFlow}>From the source<//>`}
      <${Button} small pressed=${pasting} onClick=${() => setPasting(!pasting)}>Paste rows<//>`}>
      <p class="hint" role="status">${busy ? 'Reading the first rows of the source …' : sample.rows?.length ? `${plural(sample.rows.length, 'row')}${sample.file ? ` of ${sample.file}` : sample.from ? ` ${sample.from}` : ''}. The mapping is tried on them.`
        : 'None yet. With sample rows you see suggestions, what each field becomes, and which rows would be rejected.'}</p>
      ${error && html`<${ErrorBox} error=${error} />`}
      ${pasting && html`
        <${Textarea} label="Rows as JSON" mono rows=${5} value=${text} onInput=${setText} help="A list of objects, one object, or one object in each line. They are sent to this server to be tried and kept as the sample of suggestions." />
        <div class="actions"><${Button} primary small disabled=${!text.trim()} onClick=${paste}>Use these rows<//></div>`}
    <//>
  `;
}

function rowsOfText(text) {
  const read = (one) => { try { return JSON.parse(one); } catch { return undefined; } };
  const whole = read(text);
  const rows = whole === undefined ? text.trim().split('\n').map(read) : [whole].flat();
  const isRow = (row) => row && typeof row === 'object' && !Array.isArray(row);
  if (rows.length && rows.every(isRow)) return rows;
  return new Error('This is not JSON with objects: paste a list such as [{"id": 1}], or one object in each line.');
}
