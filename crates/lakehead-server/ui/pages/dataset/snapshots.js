// The versions of the table: who reads one of them sees the rows as they were then.
import { DataTable } from '../../components/data_table.js';
import { EmptyState } from '../../components/empty_state.js';
import { Bytes, Count } from '../../components/number.js';
import { Time } from '../../components/time.js';
import { html } from '../../lib/html.js';
import { path } from '../../lib/router.js';
import { PAGES } from '../../pages.js';

const WORDS = { append: 'rows came', overwrite: 'rows were taken out or replaced', replace: 'files were put together', delete: 'rows were taken out' };
const hasRuns = PAGES.some((page) => page.path === '/runs/:id');

export function Snapshots({ table }) {
  const columns = [
    { key: 'id', title: 'Snapshot', render: (row) => html`<code>${row.id}</code>` },
    { key: 'at', title: 'When', render: (row) => html`<${Time} ms=${row.at} />` },
    { key: 'operation', title: 'What happened', render: (row) => WORDS[row.operation] ?? row.operation ?? '–' },
    { key: 'added', title: 'Rows added', align: 'end', render: (row) => html`<${Count} value=${row.added} />` },
    { key: 'removed', title: 'Rows removed', align: 'end', render: (row) => html`<${Count} value=${row.removed} />` },
    { key: 'rows', title: 'Rows then', align: 'end', render: (row) => html`<${Count} value=${row.rows} />` },
    { key: 'bytes', title: 'Size then', align: 'end', render: (row) => html`<${Bytes} value=${row.bytes} />` },
    { key: 'run', title: 'Run', render: (row) => (row.run ? (hasRuns ? html`<a href=${path(`/runs/${row.run}`)}><code>${row.run.slice(0, 8)}</code></a>` : html`<code title=${row.run}>${row.run.slice(0, 8)}</code>`) : '–') },
  ];
  return html`
    <div class="stack">
      <p class="hint">Newest first. Old snapshots expire by the rules of maintenance; until then any engine can read the table as it was: PyIceberg by <code>scan(snapshot_id=…)</code>, Spark by <code>VERSION AS OF</code>, DuckDB by <code>AT (VERSION => …)</code>.</p>
      <${DataTable} label="Snapshots" columns=${columns} rows=${table.data?.snapshots} rowKey=${(row) => row.id} loading=${table.loading} error=${table.error} onRetry=${table.reload}
        empty=${html`<${EmptyState} title="No snapshots yet">The first batch that lands makes the first one.<//>`} />
    </div>
  `;
}
