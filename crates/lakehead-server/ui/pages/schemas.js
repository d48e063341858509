// The schemas: those of this sandbox and the standard parts they are composed of.
import { Button } from '../components/button.js';
import { Chips } from '../components/chips.js';
import { DataTable } from '../components/data_table.js';
import { EmptyState } from '../components/empty_state.js';
import { Page } from '../components/page.js';
import { Time } from '../components/time.js';
import { Search, Toolbar } from '../components/toolbar.js';
import { count } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad, useSettled } from '../lib/load.js';
import { path, useQuery } from '../lib/router.js';
import { classTitles, KINDS, listed, MOST, registryOf } from '../lib/registry.js';
import { containing } from '../lib/search.js';

const changed = (one) => one['meta:registryMetadata']?.['repo:lastModifiedDate'];

const columns = (classes) => [
  { key: 'title', title: 'Name', wide: true, sort: 'title', render: (one) => one.title || one['$id'] },
  { key: 'class', title: 'Class', render: (one) => classes?.get(one['meta:class']) ?? '–' },
  { key: 'origin', title: 'Where from', render: (one) => (registryOf(one) === 'tenant' ? 'This organisation' : 'Standard') },
  { key: 'version', title: 'Version', align: 'end', render: (one) => one.version },
  { key: 'changed', title: 'Changed', align: 'end', sort: 'changed', render: (one) => (changed(one) ? html`<${Time} ms=${changed(one)} />` : '–') },
];

export default function Schemas() {
  const [{ search = '', kind = 'schemas', by = 'changed', down = '1' }, setQuery] = useQuery();
  const property = containing('title', useSettled(search));
  const { data, error, loading, reload } = useLoad((signal) => load(kind, property, signal), [kind, property]);
  const classes = useLoad(classTitles, []);
  const sort = { by, descending: down === '1' };
  const rows = data && sorted(data.rows, sort);
  return html`
    <${Page} title="Schemas" subtitle="What rows of datasets look like: their fields, types, identities and labels."
      actions=${html`<${Button} icon="schema" href=${path('/mapping-sets')}>Mappings<//>`}>
      <${Toolbar}>
        <${Search} label="Search schemas" value=${search} onInput=${(text) => setQuery({ search: text })} />
        <${Chips} label="Kind" value=${kind} onChange=${(one) => setQuery({ kind: one })} options=${KINDS.map(([name, , many]) => [name, many])} />
      <//>
      <${DataTable} label="Schemas" columns=${columns(classes.data)} rows=${rows} rowKey=${(one) => one['$id']} rowHref=${hrefOf(kind)}
        sort=${sort} onSort=${(next) => setQuery({ by: next.by, down: next.descending ? '1' : '0' })}
        loading=${loading} error=${error} onRetry=${reload} empty=${search ? html`
          <${EmptyState} icon="search" title="Nothing fits" action=${html`<${Button} onClick=${() => setQuery({ search: '' })}>Show all<//>`}>Nothing here has “${search}” in its name.<//>`
          : html`<${EmptyState} icon="schema" title="No schemas yet" action=${html`<${Button} primary href=${path('/sources')}>Add data<//>`}>
          A schema is made when data is added: one is proposed from the data. Field groups and classes that are standard are under “Field groups” and “Classes”.<//>`} />
      ${data?.cut && html`<p class="hint">The first ${count(MOST)} by name are shown: search for the others.</p>`}
    <//>
  `;
}

const hrefOf = (kind) => (one) => path(`/schemas/${encodeURIComponent(one['meta:altId'] ?? one['$id'])}`, kind === 'schemas' ? {} : { kind });

// Both containers: schemas are of the organisation, parts are mostly standard.
async function load(kind, property, signal) {
  const [own, standard] = await Promise.all(['tenant', 'global'].map((container) => listed(container, kind, { signal, property })));
  return { rows: [...own, ...standard], cut: own.length >= MOST };
}

function sorted(rows, { by, descending }) {
  const key = by === 'title' ? (one) => (one.title ?? '').toLowerCase() : (one) => changed(one) ?? 0;
  const order = (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : (a.title ?? '').localeCompare(b.title ?? ''));
  const list = [...rows].sort(order);
  return descending ? list.reverse() : list;
}
