// What came into the dataset, batch by batch.
import { Chips } from '../../components/chips.js';
import { DataTable } from '../../components/data_table.js';
import { EmptyState } from '../../components/empty_state.js';
import { Bytes, Count } from '../../components/number.js';
import { StateBadge } from '../../components/state_badge.js';
import { Time } from '../../components/time.js';
import { Toolbar } from '../../components/toolbar.js';
import { useCatalog } from '../../lib/catalog.js';
import { html } from '../../lib/html.js';
import { path, useQuery } from '../../lib/router.js';

const STATES = [['', 'All'], ['success', 'Landed'], ['failed', 'Failed'], ['inactive', 'Undone'], ['loading,loaded,staging,processing,queued,retrying', 'Under way']];

export function Batches({ id }) {
  const [{ status = '' }, setQuery] = useQuery();
  const list = useCatalog('/batches', { query: { dataSet: id, status } });
  const columns = [
    { key: 'id', title: 'Batch', render: (row) => html`<code>${row.id}</code>` },
    { key: 'status', title: 'State', render: (row) => html`<${BatchState} batch=${row} />` },
    { key: 'created', title: 'When', render: (row) => html`<${Time} ms=${row.created} />` },
    { key: 'rows', title: 'Rows landed', align: 'end', render: (row) => html`<${Count} value=${row.metrics?.outputRecordCount ?? row.recordCount} />` },
    { key: 'rejected', title: 'Rejected', align: 'end', render: (row) => html`<span class=${row.failedRecordCount > 0 ? 'bad-text' : undefined}><${Count} value=${row.failedRecordCount} /></span>` },
    { key: 'undone', title: 'Undone', align: 'end', render: (row) => html`<${Count} value=${row.metrics?.undoneRecordCount ?? 0} />` },
    { key: 'files', title: 'Source files', align: 'end', render: (row) => html`<${Count} value=${row.metrics?.inputFileCount} />` },
    { key: 'size', title: 'Size', align: 'end', render: (row) => html`<${Bytes} value=${row.size} />` },
  ];
  const empty = html`<${EmptyState} title=${status ? 'No such batches' : 'No batches yet'}>${status ? 'No batch of this dataset is in that state.' : 'Each run of a dataflow that brings rows, and each upload, is a batch.'}<//>`;
  return html`
    <div class="stack">
      <${Toolbar}><${Chips} label="State" options=${STATES} value=${status} onChange=${(one) => setQuery({ status: one })} /><//>
      <${DataTable} label="Batches" columns=${columns} rows=${list.rows} rowKey=${(row) => row.id} rowHref=${(row) => path(`/datasets/${id}/batches/${row.id}`)}
        loading=${list.loading} error=${list.error} onRetry=${list.reload} empty=${empty} more=${list.more} onMore=${list.loadMore} loadingMore=${list.loadingMore} />
    </div>
  `;
}

// A batch is `inactive` once everything of it was taken out.
export function BatchState({ batch }) {
  if (batch.status === 'inactive') return html`<${StateBadge} state="inactive">undone<//>`;
  const partly = batch.status === 'success' && batch.undone?.length > 0;
  return html`<${StateBadge} state=${partly ? 'warning' : batch.status}>${partly ? 'partly undone' : undefined}<//>`;
}
