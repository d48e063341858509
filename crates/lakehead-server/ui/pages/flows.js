// The dataflows: which there are, in which state, when they ran last and how their last runs ended. The server filters, sorts and pages.
import { Button } from '../components/button.js';
import { DataTable } from '../components/data_table.js';
import { EmptyState } from '../components/empty_state.js';
import { Page } from '../components/page.js';
import { Select } from '../components/select.js';
import { StateBadge } from '../components/state_badge.js';
import { Time } from '../components/time.js';
import { Search, Toolbar } from '../components/toolbar.js';
import { all, call, FLOW } from '../lib/api.js';
import { html, useEffect, useMemo, useState } from '../lib/html.js';
import { pageLink } from '../lib/links.js';
import { useList, useLoad } from '../lib/load.js';
import { path, useQuery } from '../lib/router.js';
import { inShort, next } from '../lib/due.js';
import { Dots, recentRuns } from './flow/dots.js';

const PAGE_ROWS = 50;
// Flows that are looked through by a part of their name.
const SEARCHED = 1000;
const WAIT_MS = 250;
const STATES = [['enabled', 'Enabled'], ['disabled', 'Disabled'], ['draft', 'Draft']];
const LAST = [['failed', 'Failed'], ['success', 'Success'], ['inProgress', 'In progress']];

export default function Flows() {
  const [query, setQuery] = useQuery();
  const { state, last, account, search = '', sort = '-createdAt' } = query;
  const property = filters({ state, last, account });
  const wanted = useSettled(search.trim());
  const list = useList(`${FLOW}/flows`, { query: { property, orderby: sort, limit: PAGE_ROWS } });
  const found = useLoad((signal) => (wanted ? lookFor(wanted, property, sort, signal) : Promise.resolve(null)), [wanted, property.join(), sort]);
  const accounts = useLoad((signal) => all(`${FLOW}/connections`, { query: { property: ['connectionSpec.id!=c604ff05-7f1a-43c0-8e18-33bf874cb11c', 'id,name'], limit: 100 }, most: 500, signal }), []);
  const recent = useMemo(recentRuns, [search, state, last, account, sort]);
  const filtered = Boolean(state || last || account || search);
  const rows = wanted ? found.data?.rows : list.rows;
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
      <${DataTable} label="Dataflows" columns=${columns(recent)} rows=${rows} rowKey=${(flow) => flow.id} rowHref=${(flow) => path(`/flows/${flow.id}`)}
        loading=${wanted ? found.loading : list.loading} error=${wanted ? found.error : list.error} onRetry=${wanted ? found.reload : list.reload}
        sort=${{ by: sort.replace(/^[-+]/, ''), descending: sort.startsWith('-') }}
        onSort=${({ by, descending }) => setQuery({ sort: `${descending ? '-' : ''}${by}` })}
        more=${!wanted && list.more} onMore=${list.loadMore} loadingMore=${list.loadingMore}
        empty=${filtered
          ? html`<${EmptyState} icon="search" title="No dataflow fits" action=${html`<${Button} onClick=${clear}>Show all dataflows<//>`}>Nothing has ${search ? `“${search}” in its name and ` : ''}what the filters ask for.<//>`
          : html`<${EmptyState} icon="flow" title="No dataflows yet" action=${html`<${Button} primary icon="plug" href=${path('/sources')}>Choose a source<//>`}>A dataflow is the last step of adding data: choose a source, and what to read from it.<//>`} />
      ${wanted && found.data?.cut && html`<p class="hint">The first ${SEARCHED} flows were looked through. A whole name or an id finds any.</p>`}
    <//>
  `;
}

function filters({ state, last, account }) {
  return [
    state && `state==${state}`,
    last && `lastRunDetails.state==${last}`,
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
  return html`<a class="plain" href=${pageLink('/runs/:id', run)} aria-label=${`Last run of ${flow.name}: ${run.state}`}><${StateBadge} state=${run.state} /></a>`;
}

// The server finds whole names and ids; a part of a name is looked for among the first flows in the chosen order.
async function lookFor(text, property, orderby, signal) {
  const quoted = text.replace(/"/g, '');
  const by = (filter) => call('GET', `${FLOW}/flows`, { query: { property: [...property, filter], limit: PAGE_ROWS }, signal }).then((body) => body.items);
  const search = { queryString: property.map((one) => `property=${encodeURIComponent(one)}`).join('&'), orderby, limit: SEARCHED };
  if (!search.queryString) delete search.queryString;
  const [named, known, first] = await Promise.all([
    quoted ? by(`name=="${quoted}"`) : [],
    quoted ? by(`id=="${quoted.toLowerCase()}"`) : [],
    call('POST', `${FLOW}/flows/search`, { body: search, signal }),
  ]);
  const fits = first.items.filter((flow) => flow.name.toLowerCase().includes(text.toLowerCase()));
  const rows = new Map([...named, ...known, ...fits].map((flow) => [flow.id, flow]));
  return { rows: [...rows.values()], cut: Boolean(first._links?.next) };
}

// A value once it has stopped changing for a moment.
function useSettled(value) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), WAIT_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
