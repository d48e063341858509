// All runs: what happened when, of which dataflow, and how it ended.
import { Button } from '../components/button.js';
import { EmptyState } from '../components/empty_state.js';
import { ErrorBox } from '../components/error_box.js';
import { Input } from '../components/input.js';
import { Page } from '../components/page.js';
import { Select } from '../components/select.js';
import { Search, Toolbar } from '../components/toolbar.js';
import { call, FLOW } from '../lib/api.js';
import { html, useEffect, useState } from '../lib/html.js';
import { useLoad, useSettled } from '../lib/load.js';
import { useQuery } from '../lib/router.js';
import { daysAgo, isOpen, RUN_STATE } from '../lib/runs.js';
import { RunTable } from './run/table.js';

const STATES = [['inProgress', 'In progress'], ['scheduled', 'Scheduled'], ['success', 'Success'], ['failed', 'Failed'], ['cancelled', 'Cancelled'], ['rejected', 'With rejected rows']];
const SPANS = [['0', 'Today'], ['6', 'Last 7 days'], ['29', 'Last 30 days'], ['dates', 'From … to …']];
const POLL_MS = 2000;
const IDLE_MS = 15_000;
const LATEST = 20;
// Dataflows whose runs are shown together, where several have what was searched for.
const MOST_FLOWS = 50;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NO_FLOW = '00000000-0000-0000-0000-000000000000';

export default function Runs() {
  const [query, setQuery] = useQuery();
  const { state, flow = '', span, from = '', to = '', code } = query;
  const wanted = useSettled(flow.trim());
  const flows = useLoad((signal) => flowsWith(wanted, signal), [wanted]);
  // Until a search is answered what the one before has found stays.
  const property = [...filters(query), ...(flows.data?.ids ? [`flowId==${flows.data.ids.join() || NO_FLOW}`] : [])];
  const [everyMs, setEveryMs] = useState(POLL_MS);
  const fresh = useLoad(async (signal) => (await call('GET', `${FLOW}/runs`, { query: { property, limit: LATEST }, signal })).items, [property.join()], { everyMs });
  const running = fresh.data?.some(isOpen);
  useEffect(() => setEveryMs(running ? POLL_MS : IDLE_MS), [running]);
  const filtered = Boolean(state || flow || span || code);
  const clear = () => setQuery({ state: '', flow: '', span: '', from: '', to: '', code: '' });
  return html`
    <${Page} title="Runs" subtitle="Every time a dataflow read its source, by schedule or on demand, and every undo and redo."
      actions=${html`<${Button} icon="refresh" onClick=${fresh.reload}>Refresh<//>`}>
      <div class="filters"><${Toolbar}>
        <${Search} label="Name or id of a dataflow" value=${flow} onInput=${(text) => setQuery({ flow: text })} />
        <${Select} label="State" value=${state} options=${STATES} empty="Any state" onChange=${(value) => setQuery({ state: value })} />
        <${Select} label="Time" value=${span} options=${SPANS} empty="Any time" onChange=${(value) => setQuery({ span: value, from: '', to: '' })} />
        ${span === 'dates' && html`<${Input} label="From" type="date" value=${from} onInput=${(value) => setQuery({ from: value })} />
          <${Input} label="To" type="date" value=${to} onInput=${(value) => setQuery({ to: value })} />`}
        ${code && html`<${Button} icon="close" onClick=${() => setQuery({ code: '' })}>Error ${code}<//>`}
      <//></div>
      ${flows.error && html`<${ErrorBox} error=${flows.error} onRetry=${flows.reload} />`}
      ${flows.data?.more && html`<p class="hint" role="status">More than ${MOST_FLOWS} dataflows have “${wanted}” in their name: the runs of ${MOST_FLOWS} of them are shown.</p>`}
      ${wanted && !flows.data && !flows.error && html`<p class="hint" role="status">Loading…</p>`}
      ${(flows.data || !wanted) && html`<${RunTable} key=${property.join()} property=${property} fresh=${fresh.data}
        empty=${filtered
          ? html`<${EmptyState} icon="search" title="No run fits" action=${html`<${Button} onClick=${clear}>Show all runs<//>`}>Nothing ran with what the filters ask for.<//>`
          : html`<${EmptyState} icon="clock" title="Nothing has run yet">Runs begin when the schedule of a dataflow is due, or with “Run now” on its page.<//>`} />`}
    <//>
  `;
}

function filters({ state, span, from, to, code }) {
  const day = (text) => new Date(`${text}T00:00`).getTime();
  const found = [];
  if (state === 'rejected') found.push('metrics.recordSummary.failedRecordCount>0');
  else if (state) found.push(...(RUN_STATE[state] ?? [`state==${state}`]));
  if (code) found.push(`metrics.statusSummary.errors[].code==${code}`);
  if (span && span !== 'dates') found.push(`createdAt>=${daysAgo(Number(span) || 0)}`);
  if (span === 'dates' && from) found.push(`createdAt>=${day(from)}`);
  if (span === 'dates' && to) found.push(`createdAt<${day(to) + 86_400_000}`);
  return found;
}

// The dataflows with this in their name, or with this id: one that is deleted is not found any more, its runs are there.
async function flowsWith(search, signal) {
  if (!search) return { ids: null, more: false };
  if (ID.test(search)) return { ids: [search.toLowerCase()], more: false };
  const { items, _links: links } = await call('GET', `${FLOW}/flows`, { query: { search, property: 'id', limit: MOST_FLOWS }, signal });
  return { ids: items.map((flow) => flow.id), more: Boolean(links?.next) };
}
