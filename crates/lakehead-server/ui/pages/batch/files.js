// The files that a batch was read from, with undo and replay of each, and the data files that it became.
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

const isUndone = (batch, path) => batch.status === 'inactive' || Boolean(batch.undone?.some((entry) => !entry.path || entry.path === path));

export function SourceFiles({ data, acts, ask }) {
  const files = data.run?.metrics?.fileSummary?.manifest?.fileInfo ?? [];
  const columns = [
    { key: 'path', title: 'Source file', wide: true, render: (row) => html`<span title=${row.pathPrefix}>${row.pathPrefix}</span>` },
    { key: 'state', title: 'State', render: (row) => html`<${FileState} batch=${data.batch} file=${row} />` },
    { key: 'rows', title: 'Rows landed', align: 'end', render: (row) => html`<${Count} value=${row.outputRecordCount} />` },
    { key: 'rejected', title: 'Rejected', align: 'end', render: (row) => html`<span class=${row.failedRecordCount > 0 ? 'bad-text' : undefined}><${Count} value=${row.failedRecordCount} /></span>` },
    { key: 'bytes', title: 'Size', align: 'end', render: (row) => html`<${Bytes} value=${row.inputBytes} />` },
    ...(acts.redo || acts.undo ? [{ key: 'acts', title: 'Change', render: (row) => html`<${Acts} row=${row} data=${data} acts=${acts} ask=${ask} />` }] : []),
  ];
  if (files.length === 0) return html`<${Card} title="Source files"><${InputNames} batch=${data.batch} /><//>`;
  return html`<${Card} title="Source files"><${DataTable} label="Source files" columns=${columns} rows=${files} rowKey=${(row) => row.pathPrefix} /><//>`;
}

function FileState({ batch, file }) {
  if (isUndone(batch, file.pathPrefix)) return html`<${StateBadge} state="inactive">undone<//>`;
  if (file.error || (!file.outputRecordCount && file.failedRecordCount > 0)) return html`<${StateBadge} state="failed" />`;
  return html`<${StateBadge} state=${file.failedRecordCount > 0 ? 'partialSuccess' : 'landed'} />`;
}

function Acts({ row, data, acts, ask }) {
  const file = { path: row.pathPrefix, rows: row.outputRecordCount };
  if (!data.flow || row.status === 'failed') return html`<span class="hint">–</span>`;
  return html`<span class="file-actions">
    ${!isUndone(data.batch, file.path) && acts.undo && file.rows > 0 && html`<${Button} small quiet icon="undo" aria-label=${`Undo ${file.path}`} onClick=${() => ask('undo', file)}>Undo<//>`}
    ${acts.redo && html`<${Button} small quiet icon="refresh" aria-label=${`Redo ${file.path}`} onClick=${() => ask('redo', file)}>Redo<//>`}
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
