// The dataflows: which there are, in which state, when they ran last and how their last runs ended. The server filters, sorts and pages.
import { Button } from '../components/button.js';
import { DataTable } from '../components/data_table.js';
import { EmptyState } from '../components/empty_state.js';
import { Page } from '../components/page.js';
import { Select } from '../components/select.js';
import { StateBadge } from '../components/state_badge.js';
import { Time } from '../components/time.js';
import { Search, Toolbar } from '../components/toolbar.js';
import { all, FLOW } from '../lib/api.js';
import { html, useMemo } from '../lib/html.js';
import { pageLink } from '../lib/links.js';
import { useList, useLoad, useSettled } from '../lib/load.js';
import { path, useQuery } from '../lib/router.js';
import { inShort, next } from '../lib/due.js';
import { LAST_STATE, lastStateOf } from '../lib/runs.js';
import { Dots, recentRuns } from './flow/dots.js';

const PAGE_ROWS = 50;
const STATES = [['enabled', 'Enabled'], ['disabled', 'Disabled'], ['draft', 'Draft']];
const LAST = [['failed', 'Failed'], ['cancelled', 'Cancelled'], ['success', 'Success'], ['inProgress', 'In progress']];

export default function Flows() {
  const [query, setQuery] = useQuery();
  const { state, last, account, search = '', sort = '-createdAt' } = query;
  const property = filters({ state, last, account });
  const wanted = useSettled(search.trim());
  const list = useList(`${FLOW}/flows`, { query: { search: wanted, property, orderby: sort, limit: PAGE_ROWS } });
  const accounts = useLoad((signal) => all(`${FLOW}/connections`, { query: { property: ['connectionSpec.id!=c604ff05-7f1a-43c0-8e18-33bf874cb11c', 'id,name'], limit: 100 }, most: 500, signal }), []);
  const recent = useMemo(recentRuns, [wanted, state, last, account, sort]);
  const filtered = Boolean(state || last || account || search);
  const clear = () => setQuery({ state: '', last: '', account: '', search: '' });
  return html`
    <${Page} title="Dataflows" subtitle="What brings data into the lake: from a source, through a mapping, into a dataset, on a schedule."
      actions=${html`<${Button} primary icon="plus" href=${path('/sources')}>New dataflow<//>`}>
      <div class="filters"><${Toolbar}>
        <${Search} label="Search by name or id" value=${search} onInput=${(text) => setQuery({ search: text })} />
        <${Select} label="State" value=${state} options=${STATES} empty="Any state" onChange=${(value) => setQuery({ state: value })} />
        <${Select} label="Last run" value=${last} options=${LAST} empty="Any result" onChange=${(value) => setQuery({ last: value })} />
        <${Select} label="Source" value=${account} options=${(accounts.data ?? []).map((one) => [one.id, one.name ?? one.id])} empty="Any account" onChange=${(value) => setQuery({ account: value })} />
      <//></div>
      <${DataTable} label="Dataflows" columns=${columns(recent)} rows=${list.rows} rowKey=${(flow) => flow.id} rowHref=${(flow) => path(`/flows/${flow.id}`)}
        loading=${list.loading} error=${list.error} onRetry=${list.reload}
        sort=${{ by: sort.replace(/^[-+]/, ''), descending: sort.startsWith('-') }}
        onSort=${({ by, descending }) => setQuery({ sort: `${descending ? '-' : ''}${by}` })}
        more=${list.more} onMore=${list.loadMore} loadingMore=${list.loadingMore}
        empty=${filtered
          ? html`<${EmptyState} icon="search" title="No dataflow fits" action=${html`<${Button} onClick=${clear}>Show all dataflows<//>`}>Nothing has ${search ? `“${search}” in its name and ` : ''}what the filters ask for.<//>`
          : html`<${EmptyState} icon="flow" title="No dataflows yet" action=${html`<${Button} primary icon="plug" href=${path('/sources')}>Choose a source<//>`}>A dataflow is the last step of adding data: choose a source, and what to read from it.<//>`} />
    <//>
  `;
}

function filters({ state, last, account }) {
  return [
    state && `state==${state}`,
    ...(last ? LAST_STATE[last] ?? [`lastRunDetails.state==${last}`] : []),
    account && `inheritedAttributes.sourceConnections[].baseConnection.id==${account}`,
  ].filter(Boolean);
}

const columns = (recent) => [
  { key: 'name', title: 'Name', sort: 'name', wide: true },
  { key: 'state', title: 'State', sort: 'state', render: (flow) => html`<${StateBadge} state=${flow.state} />` },
  { key: 'last', title: 'Last run', render: (flow) => html`<${LastRun} flow=${flow} />` },
  { key: 'when', title: 'Started', sort: 'lastRunDetails.startedAtUTC', render: (flow) => html`<${Time} ms=${flow.lastRunDetails?.startedAtUTC} />` },
  { key: 'recent', title: 'Recent runs', render: (flow) => html`<${Dots} flow=${flow.id} recent=${recent} />` },
  { key: 'schedule', title: 'Schedule', render: (flow) => inShort(flow.scheduleParams) },
  { key: 'next', title: 'Next', render: (flow) => html`<${Time} ms=${flow.state === 'enabled' ? next(flow.scheduleParams) : null} />` },
  { key: 'createdAt', title: 'Created', sort: 'createdAt', render: (flow) => html`<${Time} ms=${flow.createdAt} />` },
];

function LastRun({ flow }) {
  const run = flow.lastRunDetails;
  if (!run) return html`<span class="hint">never ran</span>`;
  const state = lastStateOf(flow);
  return html`<a class="plain" href=${pageLink('/runs/:id', run)} aria-label=${`Last run of ${flow.name}: ${state}`}><${StateBadge} state=${state} /></a>`;
}
