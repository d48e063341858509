// The datasets of the sandbox: how many rows, how large, how the last batch went. Rows and sizes come from each table, after the list is there.
import { Button } from '../components/button.js';
import { DataTable } from '../components/data_table.js';
import { EmptyState } from '../components/empty_state.js';
import { Bytes, Count } from '../components/number.js';
import { Page } from '../components/page.js';
import { StateBadge } from '../components/state_badge.js';
import { Time } from '../components/time.js';
import { Search, Toolbar } from '../components/toolbar.js';
import { call, REGISTRY } from '../lib/api.js';
import { some, tableName, tableOf, useCatalog } from '../lib/catalog.js';
import { html, useEffect, useState } from '../lib/html.js';
import { useSettled, within } from '../lib/load.js';
import { path, useQuery } from '../lib/router.js';
import { containing } from '../lib/search.js';

const AT_A_TIME = 4;

export default function Datasets() {
  const [{ search = '', sort = 'created', order = 'desc' }, setQuery] = useQuery();
  const query = { orderBy: `${order}:${sort}`, property: containing('name', useSettled(search)) };
  const list = useCatalog('/dataSets', { query });
  const more = useMore(list.rows);
  const waiting = html`<span class="skeleton short"></span>`;
  const columns = [
    { key: 'name', title: 'Name', sort: 'name', wide: true },
    { key: 'rows', title: 'Rows', align: 'end', render: (row) => number(more.tables.get(row.id), (table) => html`<${Count} value=${table.rows} />`, waiting) },
    { key: 'size', title: 'Size', align: 'end', render: (row) => number(more.tables.get(row.id), (table) => html`<${Bytes} value=${table.bytes} />`, waiting) },
    { key: 'batch', title: 'Last batch', render: (row) => html`<${LastBatch} row=${row} batch=${more.batches.get(row.lastBatchId)} />` },
    { key: 'schema', title: 'Schema', render: (row) => more.schemas.get(row.schemaRef?.id) ?? waiting },
    { key: 'table', title: 'Table', render: (row) => html`<code>${tableName(row)}</code>` },
    { key: 'created', title: 'Created', sort: 'created', render: (row) => html`<${Time} ms=${row.created} />` },
  ];
  const empty = search
    ? html`<${EmptyState} icon="search" title="No dataset fits" action=${html`<${Button} onClick=${() => setQuery({ search: '' })}>Show all datasets<//>`}>No dataset of this sandbox is called “${search}”.<//>`
    : html`<${EmptyState} icon="database" title="No datasets yet" action=${html`<${Button} primary href=${path('/sources')}>Choose a source<//>`}>A dataset is made when data is added from a source: it is an open Iceberg table that any engine can read.<//>`;
  return html`
    <${Page} title="Datasets" subtitle="Every dataset is an Iceberg table of its own, filled by dataflows and uploads, read by any engine.">
      <${Toolbar}><${Search} label="Search datasets" value=${search} onInput=${(text) => setQuery({ search: text })} /><//>
      <${DataTable} label="Datasets" columns=${columns} rows=${list.rows} rowKey=${(row) => row.id} rowHref=${(row) => path(`/datasets/${row.id}`)}
        sort=${{ by: sort, descending: order === 'desc' }} onSort=${({ by, descending }) => setQuery({ sort: by, order: descending ? 'desc' : 'asc' })}
        loading=${list.loading} error=${list.error} onRetry=${list.reload} empty=${empty} more=${list.more} onMore=${list.loadMore} loadingMore=${list.loadingMore} />
    <//>
  `;
}

const number = (known, draw, waiting) => (known === undefined ? waiting : known === null ? '–' : draw(known));

function LastBatch({ row, batch }) {
  if (!row.lastBatchId) return html`<span class="hint">none yet</span>`;
  return html`<span class="row tight"><${StateBadge} state=${row.lastBatchStatus} />${batch && html`<span class="hint"><${Time} ms=${batch.created} /></span>`}</span>`;
}

// What the list itself does not say, asked for once for each row. `null`: it cannot be known.
function useMore(rows) {
  const [tables, setTables] = useState(new Map());
  const [batches, setBatches] = useState(new Map());
  const [schemas, setSchemas] = useState(new Map());
  const shown = rows?.map((row) => row.id).join() ?? '';
  useEffect(() => {
    if (!rows?.length) return undefined;
    const stop = within();
    const { signal } = stop;
    const put = (set) => (key, value) => signal.aborted || set((before) => new Map(before).set(key, value));
    const ids = rows.map((row) => row.id).filter((id) => !tables.has(id));
    eachOf(ids, signal, async (id) => put(setTables)(id, await tableOf(id, { signal }).catch(() => null)));
    const last = rows.map((row) => row.lastBatchId).filter((id) => id && !batches.has(id));
    some('/batches', last, signal).then((found) => signal.aborted || setBatches((before) => new Map([...before, ...found]))).catch(() => {});
    const refs = [...new Set(rows.map((row) => row.schemaRef?.id))].filter((id) => id && !schemas.has(id));
    eachOf(refs, signal, async (id) => put(setSchemas)(id, await titleOf(id, signal).catch(() => '–')));
    return () => stop.abort();
  }, [shown]);
  return { tables, batches, schemas };
}

async function eachOf(items, signal, run) {
  const left = [...items];
  const work = async () => {
    while (left.length && !signal.aborted) await run(left.shift());
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
}

async function titleOf(id, signal) {
  const headers = { accept: 'application/vnd.adobe.xed+json;version=1' };
  return (await call('GET', `${REGISTRY}/tenant/schemas/${encodeURIComponent(id)}`, { headers, signal })).title;
}
