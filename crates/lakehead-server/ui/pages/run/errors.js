// What went wrong, by error code: what it means, what to do next, how many rows, and some of them as they were in the file.
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { DataTable } from '../../components/data_table.js';
import { ErrorBox } from '../../components/error_box.js';
import { toast } from '../../components/toast.js';
import { bytes, plural } from '../../lib/format.js';
import { download, filesOfErrors, samplesOf } from '../../lib/diagnostics.js';
import { html, useState } from '../../lib/html.js';
import { pageLink } from '../../lib/links.js';
import { useLoad } from '../../lib/load.js';
import { RUN_CODES } from '../../lib/run_codes.js';
import { batchOf, errorsOf, isOpen, numbersOf, stateOf } from '../../lib/runs.js';

const FEW = 5;
// Codes that only say that there are others.
const SUMMARIES = ['INGEST-1211-400', 'INGEST-1212-400'];

export function Errors({ run, flow }) {
  const { rejected } = numbersOf(run);
  const batch = batchOf(run);
  const wanted = batch && rejected > 0 && !isOpen(run);
  const samples = useLoad((signal) => (wanted ? samplesOf(batch, signal) : Promise.resolve([])), [batch, wanted]);
  const groups = groupsOf(run);
  if (!groups.length || isOpen(run) || stateOf(run) === 'cancelled') return null;
  const off = wanted && samples.data?.length === 0 && flow && String(flow.options?.errorDiagnosticsEnabled) !== 'true';
  const warningsOnly = groups.every((group) => group.warning);
  const mapping = flow?.transformations?.find((one) => one.name === 'Mapping')?.params;
  const toMapping = mapping && pageLink('/mapping-sets/:id', { id: mapping.mappingId }, { run: run.id });
  return html`
    <${Card} title=${warningsOnly ? 'What was noted' : 'What went wrong'} actions=${toMapping && html`<${Button} small icon="link" href=${toMapping}>Change the mapping<//>`}>
      <ul class="causes">${groups.map((group) => html`<li key=${`${group.code} ${group.messages[0]}`}><${Group} group=${group} samples=${(samples.data ?? []).filter((row) => row.code === group.code)} loading=${wanted && !samples.data && !samples.error} /></li>`)}</ul>
      ${samples.error && html`<${ErrorBox} error=${samples.error} onRetry=${samples.reload} />`}
      ${off && html`<p class="notice">The rows themselves were not kept: error diagnostics are off for this dataflow. Turn them on, and redo the run, to see them.</p>`}
      ${wanted && html`<${Downloads} batch=${batch} />`}
    <//>
  `;
}

// {code, title, meaning, cure, messages, rows, warning}: one for each code, errors before warnings.
function groupsOf(run) {
  const errors = errorsOf(run);
  const others = errors.filter((error) => !SUMMARIES.includes(error.code));
  const told = others.length ? others : errors;
  const warnings = run.metrics?.recordSummary?.warningInfo ?? [];
  const groups = new Map();
  for (const error of [...told, ...warnings]) {
    const group = groups.get(error.code) ?? { code: error.code, ...RUN_CODES[error.code], messages: [], rows: 0, warning: error.type === 'Warning' };
    if (!group.messages.includes(error.message)) group.messages.push(error.message);
    group.rows += error.recordCount ?? 0;
    groups.set(error.code, group);
  }
  return [...groups.values()];
}

function Group({ group, samples, loading }) {
  const [all, setAll] = useState(false);
  const [more, setMore] = useState(false);
  const shown = all ? group.messages : group.messages.slice(0, FEW);
  return html`
    <section class="cause" aria-label=${group.code}>
      <header><h3>${group.title ?? 'Error'}</h3><code>${group.code}</code>${group.rows > 0 && html`<span class="hint">${plural(group.rows, group.warning ? 'value' : 'row')}</span>`}</header>
      ${shown.map((message) => html`<p>${message}</p>`)}
      ${group.messages.length > shown.length && html`<p><${Button} small quiet onClick=${() => setAll(true)}>${group.messages.length - shown.length} more<//></p>`}
      ${group.cure && html`<p class="cause-next"><strong>What to do:</strong> ${group.cure}</p>`}
      ${loading && !group.warning && html`<p class="hint" role="status">Loading rows…</p>`}
      ${samples.length > 0 && html`
        <div class="samples"><${DataTable} label=${`Rejected rows, ${group.code}`} rows=${more ? samples : samples.slice(0, FEW)} rowKey=${(row) => `${row.file} ${row.row} ${row.column}`} columns=${SAMPLE_COLUMNS} /></div>
        ${!more && samples.length > FEW && html`<p><${Button} small onClick=${() => setMore(true)}>Show ${samples.length - FEW} more rows of the sample<//></p>`}`}
    </section>
  `;
}

const SAMPLE_COLUMNS = [
  { key: 'file', title: 'File', render: (row) => html`<span class="mono">${row.file ?? '–'}</span>` },
  { key: 'row', title: 'Row', align: 'end' },
  { key: 'column', title: 'Column', render: (row) => (row.column ? html`<code>${row.column}</code>` : '–') },
  { key: 'message', title: 'What is wrong' },
  { key: 'raw', title: 'As it was read', render: (row) => html`<code class="raw" title=${row.raw.slice(0, 2000)}>${row.raw.slice(0, 2000)}</code>` },
];

function Downloads({ batch }) {
  const { data, error, reload } = useLoad((signal) => filesOfErrors(batch, signal), [batch]);
  const [busy, setBusy] = useState('');
  const save = async (name) => {
    setBusy(name);
    await download(batch, name).catch((failure) => toast(`${failure.title ?? 'Not saved'}. ${failure.detail ?? ''}`, 'bad'));
    setBusy('');
  };
  if (error) return html`<${ErrorBox} error=${error} onRetry=${reload} />`;
  if (!data?.length) return null;
  return html`<div class="row"><span class="hint">All rejected rows, as JSON lines:</span>${data.map(({ name, length }) => html`
    <${Button} key=${name} small icon="download" busy=${busy === name} onClick=${() => save(name)}>${name} <span class="hint">${bytes(Number(length))}</span><//>`)}</div>`;
}
