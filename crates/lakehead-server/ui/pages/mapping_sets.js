// The mapping sets: which rules there are, for which schema, changed last first.
import { Button } from '../components/button.js';
import { DataTable } from '../components/data_table.js';
import { EmptyState } from '../components/empty_state.js';
import { Page } from '../components/page.js';
import { StateBadge } from '../components/state_badge.js';
import { Time } from '../components/time.js';
import { call, CONVERSION } from '../lib/api.js';
import { count } from '../lib/format.js';
import { html, useState } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { listed } from '../lib/registry.js';
import { path, useQuery } from '../lib/router.js';

const PAGE = 25;

export default function MappingSets() {
  const [{ down = '1', by = 'updatedDate' }, setQuery] = useQuery();
  const sort = { by, descending: down === '1' };
  const [limit, setLimit] = useState(PAGE);
  const { data, error, loading, reload } = useLoad((signal) => load(sort, limit, signal), [by, down, limit]);
  const columns = [
    { key: 'name', title: 'Name', wide: true, render: (set) => set.name || `Mapping ${set.id.slice(0, 8)}` },
    { key: 'schema', title: 'Target schema', render: (set) => data.titles.get(set.schemaRef?.id ?? set.xdmSchema) ?? set.xdmSchema },
    { key: 'rules', title: 'Fields', align: 'end', render: (set) => count(set.mappings?.length ?? 0) },
    { key: 'version', title: 'Version', align: 'end' },
    { key: 'status', title: 'State', render: (set) => html`<${StateBadge} state=${set.status === 'PUBLISHED' ? 'ready' : set.status}>${set.status?.toLowerCase()}<//>` },
    { key: 'changed', title: 'Changed', align: 'end', sort: 'updatedDate', render: (set) => html`<${Time} ms=${set.modifiedDate} />` },
    { key: 'created', title: 'Created', align: 'end', sort: 'createdDate', render: (set) => html`<${Time} ms=${set.createdDate} />` },
  ];
  return html`
    <${Page} title="Mappings" subtitle="How columns of sources become fields of schemas. Each change makes a version; dataflows keep the one they name.">
      <${DataTable} label="Mappings" columns=${columns} rows=${data?.rows} rowKey=${(set) => set.id} rowHref=${(set) => path(`/mapping-sets/${set.id}`)}
        sort=${sort} onSort=${(next) => setQuery({ by: next.by, down: next.descending ? '1' : '0' })} loading=${loading} error=${error} onRetry=${reload}
        more=${data?.more} onMore=${() => setLimit(limit + PAGE)} loadingMore=${loading}
        empty=${html`<${EmptyState} icon="link" title="No mappings yet" action=${html`<${Button} primary href=${path('/sources')}>Add data<//>`}>A mapping is made when data is added from a source.<//>`} />
    <//>
  `;
}

async function load({ by, descending }, limit, signal) {
  const query = { orderBy: `${descending ? '-' : '+'}${by}` };
  const titles = listed('tenant', 'schemas', { signal }).then((schemas) => new Map(schemas.map((one) => [one.$id, one.title])));
  const rows = [];
  let more = true;
  while (more && rows.length < limit) {
    const found = (await call('GET', `${CONVERSION}/mappingSets`, { query: { ...query, start: rows.length, limit: PAGE }, signal })).data;
    rows.push(...found);
    more = found.length === PAGE;
  }
  return { rows, more, titles: await titles };
}
