// One dataflow: where from and where to, when, how its runs went over time, and everything that can be done with it.
import { Card } from '../components/card.js';
import { ErrorBox } from '../components/error_box.js';
import { KeyValues } from '../components/key_values.js';
import { Page } from '../components/page.js';
import { StateBadge } from '../components/state_badge.js';
import { Tabs } from '../components/tabs.js';
import { Time } from '../components/time.js';
import { call, FLOW } from '../lib/api.js';
import { html, useEffect, useState } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { useQuery } from '../lib/router.js';
import { isOpen } from '../lib/runs.js';
import { inWords, next } from '../lib/due.js';
import { Actions } from './flow/actions.js';
import { Charts } from './flow/charts.js';
import { Completeness } from './flow/completeness.js';
import { Graph } from './flow/graph.js';
import { RunTable } from './run/table.js';

const LATEST = 10;
const POLL_MS = 1000;
const IDLE_MS = 15_000;

export default function FlowPage({ params: { id } }) {
  const [{ tab = 'runs' }, setQuery] = useQuery();
  const flow = useLoad(async (signal) => (await call('GET', `${FLOW}/flows/${encodeURIComponent(id)}`, { signal })).items[0], [id]);
  const [everyMs, setEveryMs] = useState(0);
  const latest = useLoad(async (signal) => (await call('GET', `${FLOW}/runs`, { query: { property: `flowId==${id}`, limit: LATEST }, signal })).items, [id], { everyMs });
  const running = latest.data?.some(isOpen);
  useEffect(() => setEveryMs(running ? POLL_MS : IDLE_MS), [running]);
  const reload = () => { flow.reload(); latest.reload(); };
  const crumbs = [['Dataflows', '/flows']];
  if (flow.error && !flow.data) return html`<${Page} title="Dataflow" crumbs=${crumbs}><${ErrorBox} error=${flow.error} onRetry=${flow.reload} /><//>`;
  if (!flow.data) return html`<${Page} title="Dataflow" crumbs=${crumbs}><p class="hint" role="status">Loading…</p><//>`;
  return html`
    <${Page} title=${flow.data.name || 'Dataflow without a name'} crumbs=${crumbs} subtitle=${flow.data.description}
      actions=${html`<${Actions} flow=${flow.data} onChange=${reload} onReload=${flow.reload} />`}>
      <${State} flow=${flow.data} />
      ${flow.error && html`<${ErrorBox} error=${flow.error} onRetry=${flow.reload} />`}
      <${Graph} flow=${flow.data} />
      <${Tabs} label="About the dataflow" selected=${tab} onSelect=${(one) => setQuery({ tab: one })} tabs=${[
        { id: 'runs', title: 'Runs', panel: () => html`<div class="stack"><${Charts} flow=${id} latest=${latest.data?.[0]} /><${RunTable} flow=${id} fresh=${latest.data} onChange=${reload} /></div>` },
        { id: 'completeness', title: 'Completeness', panel: () => html`<${Completeness} flow=${id} />` },
        { id: 'settings', title: 'Settings', panel: () => html`<${Settings} flow=${flow.data} />` },
      ]} />
    <//>
  `;
}

function State({ flow }) {
  const due = flow.state === 'enabled' ? next(flow.scheduleParams) : null;
  return html`
    <p class="head-state"><${StateBadge} state=${flow.state} /><span>${inWords(flow.scheduleParams)}</span>
      ${due ? html`<span>Next run <${Time} ms=${due} /></span>` : html`<span>${flow.state === 'enabled' ? 'No further run is planned' : 'It does not run while it is not enabled'}</span>`}</p>
  `;
}

function Settings({ flow }) {
  const { partialIngestionPercent, errorDiagnosticsEnabled } = flow.options ?? {};
  const mapping = flow.transformations?.find((one) => one.name === 'Mapping')?.params;
  return html`
    <${Card} title="Settings">
      <${KeyValues} items=${[
        ['Id', html`<code>${flow.id}</code>`],
        ['Rows with errors', partialIngestionPercent == null ? 'A run with any error fails as a whole' : `Up to ${partialIngestionPercent} % are left out; with more the run fails`],
        ['Diagnostics', String(errorDiagnosticsEnabled) === 'true' ? 'On: rejected rows are kept with the reason' : 'Off'],
        ['Schedule', inWords(flow.scheduleParams)],
        ['Existing files', String(flow.scheduleParams?.backfill ?? true) === 'false' ? 'Only what arrives after the start' : 'Taken with the first run'],
        ['Mapping', mapping ? html`<code>${mapping.mappingId}</code> version ${String(mapping.mappingVersion ?? 0)}` : 'None: the files have the shape of the schema'],
        ['Created', html`<${Time} ms=${flow.createdAt} absolute /> by ${flow.createdBy}`],
        ['Changed', html`<${Time} ms=${flow.updatedAt} absolute /> by ${flow.updatedBy}`],
        ['Version', html`<code>${flow.etag}</code>`],
      ]} />
    <//>
  `;
}
