// The accounts: which sources are connected, and how many dataflows read through each.
import { Button } from '../components/button.js';
import { DataTable } from '../components/data_table.js';
import { EmptyState } from '../components/empty_state.js';
import { Page } from '../components/page.js';
import { Select } from '../components/select.js';
import { StateBadge } from '../components/state_badge.js';
import { Time } from '../components/time.js';
import { Search, Toolbar } from '../components/toolbar.js';
import { FLOW } from '../lib/api.js';
import { html, useState } from '../lib/html.js';
import { useList, useLoad, useSettled } from '../lib/load.js';
import { path, useQuery } from '../lib/router.js';
import { DATA_LAKE, isAvailable, loadSources, nameOf } from '../lib/specs.js';
import { FlowCount } from './accounts/flow_count.js';

const PAGE_ROWS = 25;

export default function Accounts() {
  const [{ spec = '', search = '' }, setQuery] = useQuery();
  const wanted = useSettled(search.trim());
  const [sort, setSort] = useState({ by: 'createdAt', descending: true });
  const sources = useLoad(loadSources, []);
  const ready = (sources.data ?? []).filter(isAvailable);
  const property = spec ? `connectionSpec.id==${spec}` : `connectionSpec.id!=${DATA_LAKE}`;
  const list = useList(`${FLOW}/connections`, { query: { search: wanted, limit: PAGE_ROWS, orderby: `${sort.descending ? '-' : ''}${sort.by}`, property } });
  const sourceOf = (account) => sources.data?.find((one) => one.id === account.connectionSpec.id);
  const chosen = ready.find((one) => one.id === spec) ?? (ready.length === 1 && !spec ? ready[0] : undefined);
  const create = html`<${Button} primary icon="plus" href=${chosen ? path(`/accounts/new/${chosen.id}`) : path('/sources')}>New account<//>`;
  return html`
    <${Page} title="Accounts" subtitle="Each account is one way into a source: its address and its keys. Dataflows read through it." actions=${create}>
      <${Toolbar}>
        <${Search} label="Search by name or id" value=${search} onInput=${(text) => setQuery({ search: text })} />
        <${Select} label="Source" value=${spec} empty="All sources" options=${ready.map((one) => [one.id, nameOf(one)])} onChange=${(id) => setQuery({ spec: id })} />
      <//>
      <${DataTable} label="Accounts" rows=${list.rows} rowKey=${(account) => account.id} rowHref=${(account) => path(`/accounts/${account.id}`)}
        columns=${columnsOf(sourceOf)} sort=${sort} onSort=${setSort} loading=${list.loading} error=${list.error} onRetry=${list.reload}
        more=${list.more} onMore=${list.loadMore} loadingMore=${list.loadingMore}
        empty=${search || spec
          ? html`<${EmptyState} icon="search" title="No account fits" action=${html`<${Button} onClick=${() => setQuery({ search: '', spec: '' })}>Show all accounts<//>`}>Nothing has ${search ? `“${search}” in its name` : 'this source'}.<//>`
          : html`<${EmptyState} icon="key" title="No accounts yet" action=${create}>Connect an account once: its keys are checked, kept encrypted, and shown to nobody. Then choose data from it.<//>`} />
    <//>
  `;
}

const columnsOf = (sourceOf) => [
  { key: 'name', title: 'Name', sort: 'name', wide: true },
  { key: 'source', title: 'Source', render: (account) => (sourceOf(account) ? nameOf(sourceOf(account)) : account.connectionSpec.id) },
  { key: 'auth', title: 'Signs in with', render: (account) => account.auth?.specName ?? 'nothing' },
  { key: 'state', title: 'State', render: (account) => html`<${StateBadge} state=${account.state} />` },
  { key: 'flows', title: 'Dataflows', align: 'end', render: (account) => html`<${FlowCount} key=${account.id} account=${account.id} />` },
  { key: 'createdAt', title: 'Created', sort: 'createdAt', render: (account) => html`<${Time} ms=${account.createdAt} />` },
];
