// The files of a run one by one: what each of them brought, and taking out or reading again one of them alone.
import { useChange } from './change.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { DataTable } from '../../components/data_table.js';
import { ErrorBox } from '../../components/error_box.js';
import { Bytes, Count } from '../../components/number.js';
import { StateBadge } from '../../components/state_badge.js';
import { inputFilesOf } from '../../lib/diagnostics.js';
import { count } from '../../lib/format.js';
import { html, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { batchOf, filesOf, numbersOf } from '../../lib/runs.js';

// Files that a run describes; further ones are known by name.
const DESCRIBED = 100;
const PAGE_ROWS = 25;

export function Files({ run, flow }) {
  const [shown, setShown] = useState(PAGE_ROWS);
  const [whole, setWhole] = useState(false);
  const described = filesOf(run);
  const { files = described.length, state } = numbersOf(run);
  const batch = batchOf(run);
  const named = useLoad((signal) => (whole && batch ? inputFilesOf(batch, signal) : Promise.resolve([])), [whole, batch]);
  const [ask, dialog] = useChange({ name: 'run', run, flow });
  if (!described.length) return null;
  const known = new Set(described.map((file) => file.pathPrefix));
  const rows = [...described, ...(named.data ?? []).filter((path) => !known.has(path)).map((path) => ({ pathPrefix: path }))];
  const visible = whole ? rows : rows.slice(0, shown);
  const landed = state === 'success' && batch;
  return html`
    <${Card} title=${`Files (${count(files)})`}>
      <div class=${whole ? undefined : 'wrap-table'}><${DataTable} label="Files of the run" rows=${visible} rowKey=${(file) => file.pathPrefix} columns=${columns(landed && ((op, file) => ask(op, { path: file.pathPrefix, rows: file.outputRecordCount })))} /></div>
      ${named.error && html`<${ErrorBox} error=${named.error} onRetry=${named.reload} />`}
      ${!whole && rows.length > shown && html`<p class="table-more"><${Button} onClick=${() => setShown(shown + PAGE_ROWS)}>Show more<//><span class="hint">${visible.length} of ${count(files)} shown</span></p>`}
      ${!whole && rows.length <= shown && files > DESCRIBED && batch && html`<p class="table-more"><${Button} busy=${named.loading} onClick=${() => setWhole(true)}>Show the names of all ${count(files)} files<//></p>`}
      ${dialog}
    <//>
  `;
}

function columns(ask) {
  const shown = [
    { key: 'path', title: 'File', wide: true, render: (file) => html`<span class="mono" title=${file.pathPrefix}>${file.pathPrefix}</span>${file.error && html`<span class="file-why">${file.error.message}</span>`}` },
    { key: 'state', title: 'State', render: (file) => html`<${StateBadge} state=${stateOfFile(file)} />` },
    { key: 'rows', title: 'Landed', align: 'end', render: (file) => html`<${Count} value=${file.outputRecordCount} />` },
    { key: 'bad', title: 'Rejected', align: 'end', render: (file) => html`<${Count} value=${file.failedRecordCount} />` },
    { key: 'size', title: 'Size', align: 'end', render: (file) => html`<${Bytes} value=${file.inputBytes} />` },
  ];
  if (!ask) return shown;
  return [...shown, { key: 'act', title: 'Change', render: (file) => (file.status === 'failed' ? '' : html`
    <span class="file-actions"><${Button} small quiet icon="undo" aria-label=${`Undo ${file.pathPrefix}`} onClick=${() => ask('undo', file)}>Undo<//>
      <${Button} small quiet icon="refresh" aria-label=${`Redo ${file.pathPrefix}`} onClick=${() => ask('redo', file)}>Redo<//></span>`) }];
}

function stateOfFile(file) {
  if (file.status) return file.status;
  if (file.outputRecordCount === undefined) return 'read';
  return file.failedRecordCount ? 'partialSuccess' : 'success';
}
