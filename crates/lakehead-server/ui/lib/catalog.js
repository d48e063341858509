// Datasets and batches of the Catalog, whose lists are maps by id and are paged by `start`, and the Iceberg table of a dataset.
//
//   const list = useCatalog('/dataSets', {query, size})   {rows, more, loadMore, loading, error, reload}; each row with its `id`
//   await one('/dataSets', id, signal)                     one object, with its `id`
//   await tableOf(id, {signal, all})                       {rows, bytes, files, snapshots, location} of the table
import { call, CATALOG } from './api.js';
import { usePages } from './load.js';
import { sandbox } from './session.js';

export const ICEBERG = '/iceberg/v1';
export const NAMESPACE = 'datasets';

const listed = (body) => Object.entries(body ?? {}).map(([id, object]) => ({ ...object, id }));

export function useCatalog(path, { query = {}, size = 25 } = {}) {
  return usePages(JSON.stringify([sandbox.value, path, query, size]), async (start = 0, signal) => {
    // One more than is shown tells whether there is a further page.
    const rows = listed(await call('GET', CATALOG + path, { query: { ...query, start, limit: size + 1 }, signal }));
    return { rows: rows.slice(0, size), next: rows.length > size ? start + size : null };
  });
}

export async function one(path, id, signal) {
  return listed(await call('GET', `${CATALOG}${path}/${encodeURIComponent(id)}`, { signal }))[0];
}

export const some = async (path, ids, signal) => new Map(ids.length ? listed(await call('GET', `${CATALOG}${path}/${ids.map(encodeURIComponent).join(',')}`, { signal })).map((found) => [found.id, found]) : []);

export const tablePath = (id) => `${ICEBERG}/${encodeURIComponent(sandbox.value)}/namespaces/${NAMESPACE}/tables/${encodeURIComponent(id)}`;
export const tableName = (dataset) => dataset?.tags?.['adobe/pqs/table']?.[0] ?? dataset?.id;

export async function tableOf(id, { signal, all = false } = {}) {
  const { metadata } = await call('GET', tablePath(id), { query: { snapshots: all ? 'all' : 'refs' }, signal });
  const snapshots = (metadata.snapshots ?? []).map(snapshotOf).sort((a, b) => b.number - a.number);
  // Only with all of them is the newest certainly among them; a reference is the newest too.
  const { rows = 0, bytes = 0, files = 0 } = snapshots[0] ?? {};
  return { rows, bytes, files, snapshots, location: metadata.location, uuid: metadata['table-uuid'] };
}

function snapshotOf(snapshot) {
  const said = snapshot.summary ?? {};
  const number = (name) => (said[name] === undefined ? undefined : Number(said[name]));
  return {
    // The id is beyond what numbers of JavaScript hold; the name of its manifest list has it whole.
    id: /snap-(\d+)-/.exec(snapshot['manifest-list'])?.[1] ?? String(snapshot['snapshot-id']),
    number: snapshot['sequence-number'],
    at: snapshot['timestamp-ms'],
    operation: said.operation,
    added: number('added-records') ?? 0,
    removed: number('deleted-records') ?? 0,
    rows: number('total-records'),
    bytes: number('total-files-size'),
    files: number('total-data-files'),
    run: said['ingest.run-id'],
    flow: said['ingest.flow-id'],
  };
}
