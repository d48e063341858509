// One run: how far it is while it works, what it came to, where it went wrong and what to do about it, file by file.
import { ErrorBox } from '../components/error_box.js';
import { Card } from '../components/card.js';
import { KeyValues } from '../components/key_values.js';
import { Page } from '../components/page.js';
import { StateBadge } from '../components/state_badge.js';
import { Time } from '../components/time.js';
import { call, CATALOG, FLOW } from '../lib/api.js';
import { bytes, count, duration } from '../lib/format.js';
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { pageLink } from '../lib/links.js';
import { useLoad } from '../lib/load.js';
import { path } from '../lib/router.js';
import { batchOf, isOpen, numbersOf, outcomeOf, stateOf } from '../lib/runs.js';
import { Actions } from './run/actions.js';
import { Errors } from './run/errors.js';
import { Files } from './run/files.js';
import { Live } from './run/live.js';
import { Timeline } from './run/timeline.js';

const POLL_MS = 1000;

export default function RunPage({ params: { id } }) {
  const [everyMs, setEveryMs] = useState(0);
  const run = useLoad(async (signal) => (await call('GET', `${FLOW}/runs/${encodeURIComponent(id)}`, { signal })).items[0], [id], { everyMs });
  const open = run.data ? isOpen(run.data) : false;
  useEffect(() => setEveryMs(open ? POLL_MS : 0), [open]);
  const flowId = run.data?.flowId;
  const asked = useLoad(async (signal) => ({ id: flowId, flow: flowId && (await call('GET', `${FLOW}/flows/${flowId}`, { signal })).items[0] }), [flowId]);
  const isKnown = asked.data !== undefined && asked.data.id === flowId;
  const flow = isKnown ? asked.data.flow : undefined;
  const dataset = useDataset(run.data);
  const name = flow ? flow.name || 'a dataflow without a name' : 'a deleted dataflow';
  const crumbs = flow ? [['Dataflows', '/flows'], [name, `/flows/${flowId}`]] : [['Runs', '/runs']];
  if (run.error && !run.data) return html`<${Page} title="Run" crumbs=${crumbs}><${ErrorBox} error=${run.error} onRetry=${run.reload} /><//>`;
  // The heading is long; what is below it would move when the name comes.
  if (!run.data || !(isKnown || asked.error)) return html`<${Page} title="Run" crumbs=${crumbs}><p class="hint" role="status">Loading…</p><//>`;
  return html`
    <${Page} title=${`Run of ${name}`} crumbs=${crumbs} actions=${html`<${Actions} run=${run.data} flow=${flow} dataset=${dataset} onChange=${run.reload} />`}>
      <${Head} run=${run.data} />
      ${run.error && html`<${ErrorBox} error=${run.error} onRetry=${run.reload} />`}
      ${open && html`<${Live} run=${run.data} />`}
      <${Numbers} run=${run.data} />
      <${Errors} key=${stateOf(run.data)} run=${run.data} flow=${flow} />
      <${Timeline} run=${run.data} />
      <${Files} run=${run.data} flow=${flow} />
      <${About} run=${run.data} dataset=${dataset} />
    <//>
  `;
}

// Says once when the run has ended, for those who do not see the page.
function Head({ run }) {
  const { state, started, ended } = numbersOf(run);
  const first = useRef(state);
  const said = first.current !== state && !isOpen(run) ? `The run has ended: ${state}` : '';
  return html`
    <p class="head-state"><${StateBadge} state=${state} /><span>${outcomeOf(run)}</span>
      ${started && html`<span>began <${Time} ms=${started} absolute />${ended && html`, took ${duration(ended - started)}`}</span>`}
      <span class="sr" role="status">${said}</span></p>
  `;
}

function Numbers({ run }) {
  const { read, landed, rejected, warned, files, failedFiles, inputBytes, undone } = numbersOf(run);
  if (undone != null) return null;
  const items = [['Rows read', read], ['Rows landed', landed, landed ? 'good' : ''], ['Rows rejected', rejected, rejected ? 'bad' : ''], ['Made null', warned ?? (stateOf(run) === 'success' ? 0 : undefined)],
    ['Files', files], ['Files failed', failedFiles, failedFiles ? 'bad' : ''], ['Bytes read', inputBytes, '', bytes]];
  return html`<dl class="stats">${items.map(([text, value, look, format = count]) => html`<div class="stat"><dt>${text}</dt><dd class=${`stat-value ${look || ''}`}>${format(value)}</dd></div>`)}</dl>`;
}

// {id, name} of where the rows go; undefined while that is not known. Who may not see it still sees the run.
function useDataset(run) {
  const target = run?.activities?.flatMap((one) => one.targetInfo ?? [])[0]?.id;
  return useLoad(async (signal) => {
    if (!target) return undefined;
    const id = (await call('GET', `${FLOW}/targetConnections/${target}`, { signal })).items[0]?.params?.dataSetId;
    if (!id) return undefined;
    const found = await call('GET', `${CATALOG}/dataSets/${encodeURIComponent(id)}`, { signal }).catch(() => ({}));
    return { id, name: found[id]?.name };
  }, [target]).data;
}

function About({ run, dataset }) {
  const batch = batchOf(run);
  const toBatch = dataset && batch && pageLink('/datasets/:id/batches/:batch', { id: dataset.id, batch });
  const toDataset = dataset && pageLink('/datasets/:id', { id: dataset.id });
  const link = (id) => html`<a class="mono" href=${path(`/runs/${id}`)}>${id}</a>`;
  const { windowStart, windowEnd } = run.metrics?.durationSummary?.extensions ?? {};
  const undone = run.metrics?.recordSummary?.extensions?.undone;
  const items = [
    ['Id', html`<code>${run.id}</code>`],
    ['Batch', batch && (toBatch ? html`<a class="mono" href=${toBatch}>${batch}</a>` : html`<code>${batch}</code>`)],
    dataset && ['Dataset', toDataset ? html`<a class=${dataset.name ? undefined : 'mono'} href=${toDataset}>${dataset.name || dataset.id}</a>` : html`<code>${dataset.id}</code>`],
    undone && ['Took out', html`${undone.path ? html`the file <code>${undone.path}</code> of batch ` : 'batch '}<code>${undone.batchId}</code>`],
    windowStart && ['Window', html`<${Time} ms=${windowStart} absolute /> to <${Time} ms=${windowEnd} absolute />`],
    run.parentFlowRunId && ['Made by', link(run.parentFlowRunId)],
    run.childFlowRunIds?.length && ['Gave rise to', run.childFlowRunIds.map((id) => html`<div>${link(id)}</div>`)],
    ['Asked for by', run.createdBy],
    ['Made', html`<${Time} ms=${run.createdAt} absolute />`],
  ].filter(Boolean);
  return html`<${Card} title="About this run"><${KeyValues} items=${items} /><//>`;
}

