// The files that a batch was read from, with undo and replay of each, and the data files that it became.
import { isUndone } from './change.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { DataTable } from '../../components/data_table.js';
import { EmptyState } from '../../components/empty_state.js';
import { Bytes, Count } from '../../components/number.js';
import { StateBadge } from '../../components/state_badge.js';
import { call, EXPORT } from '../../lib/api.js';
import { download } from '../../lib/download.js';
import { html } from '../../lib/html.js';
import { useList, useLoad } from '../../lib/load.js';

export function SourceFiles({ data, acts, change }) {
  const files = data.run?.metrics?.fileSummary?.manifest?.fileInfo ?? [];
  const columns = [
    { key: 'path', title: 'Source file', wide: true, render: (row) => html`<span title=${row.pathPrefix}>${row.pathPrefix}</span>` },
    { key: 'state', title: 'State', render: (row) => html`<${FileState} batch=${data.batch} file=${row} />` },
    { key: 'rows', title: 'Rows landed', align: 'end', render: (row) => html`<${Count} value=${row.outputRecordCount} />` },
    { key: 'rejected', title: 'Rejected', align: 'end', render: (row) => html`<span class=${row.failedRecordCount > 0 ? 'bad-text' : undefined}><${Count} value=${row.failedRecordCount} /></span>` },
    { key: 'bytes', title: 'Size', align: 'end', render: (row) => html`<${Bytes} value=${row.inputBytes} />` },
    ...(acts.redo || acts.undo ? [{ key: 'acts', title: 'Actions', render: (row) => html`<${Acts} row=${row} data=${data} acts=${acts} change=${change} />` }] : []),
  ];
  if (files.length === 0) return html`<${Card} title="Source files"><${InputNames} batch=${data.batch} /><//>`;
  return html`<${Card} title="Source files"><${DataTable} label="Source files" columns=${columns} rows=${files} rowKey=${(row) => row.pathPrefix} /><//>`;
}

function FileState({ batch, file }) {
  if (isUndone(batch, file.pathPrefix)) return html`<${StateBadge} state="inactive">undone<//>`;
  if (file.error || (!file.outputRecordCount && file.failedRecordCount > 0)) return html`<${StateBadge} state="failed" />`;
  return html`<${StateBadge} state=${file.failedRecordCount > 0 ? 'partialSuccess' : 'landed'} />`;
}

function Acts({ row, data, acts, change }) {
  const file = { path: row.pathPrefix, rows: row.outputRecordCount };
  if (!data.flow || !row.outputRecordCount) return html`<span class="hint">–</span>`;
  return html`<span class="row tight">
    ${!isUndone(data.batch, file.path) && acts.undo && html`<${Button} small icon="undo" busy=${change.busy === `undo ${file.path}`} disabled=${Boolean(change.busy)} aria-label=${`Undo ${file.path}`} onClick=${() => change.ask('undo', file)}>Undo<//>`}
    ${acts.redo && html`<${Button} small icon="play" busy=${change.busy === `redo ${file.path}`} disabled=${Boolean(change.busy)} aria-label=${`Replay ${file.path}`} onClick=${() => change.ask('redo', file)}>Replay<//>`}
  </span>`;
}

// Of an upload only the names are known.
function InputNames({ batch }) {
  const { data, error } = useLoad((signal) => call('GET', `${EXPORT}/batches/${batch.id}/meta`, { query: { path: 'input_files/fileMetaData1.json' }, signal }), [batch.id]);
  const names = typeof data === 'string' ? data.split('\n').filter(Boolean).map((line) => JSON.parse(line).path) : [];
  if (error || (data !== undefined && names.length === 0)) return html`<p class="hint">Nothing is known of the files that were read.</p>`;
  return html`<ul class="users">${names.map((name) => html`<li key=${name}><code>${name}</code></li>`)}</ul>`;
}

export function DataFiles({ batch }) {
  const list = useList(`${EXPORT}/batches/${batch.id}/files`, { query: { limit: 50 }, key: 'data' });
  const columns = [
    { key: 'dataSetFileId', title: 'Data file', render: (row) => html`<code>${row.dataSetFileId}</code>` },
    { key: 'records', title: 'Rows', align: 'end', render: (row) => html`<${Count} value=${row.records} />` },
    { key: 'size', title: 'Size', align: 'end', render: (row) => html`<${Bytes} value=${row.size} />` },
    { key: 'get', title: 'Parquet', render: (row) => html`<${Button} small icon="download" aria-label=${`Download ${row.dataSetFileId}`} onClick=${() => parquet(row.dataSetFileId)}>Download<//>` },
  ];
  return html`
    <${Card} title="Data files in the table">
      <${DataTable} label="Data files" columns=${columns} rows=${list.rows} rowKey=${(row) => row.dataSetFileId} loading=${list.loading} error=${list.error} onRetry=${list.reload}
        empty=${html`<${EmptyState} title="No data files">No rows of this batch are in the table.<//>`} more=${list.more} onMore=${list.loadMore} loadingMore=${list.loadingMore} />
    <//>
  `;
}

async function parquet(id) {
  const { data } = await call('GET', `${EXPORT}/files/${id}`);
  const name = data?.[0]?.name;
  if (name) await download(`${EXPORT}/files/${id}`, name, { query: { path: name } });
}
