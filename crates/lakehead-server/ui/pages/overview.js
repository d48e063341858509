// What an operator looks at all day: what runs, what failed and why, what landed, and which dataflows need somebody.
import { Button } from '../components/button.js';
import { Card } from '../components/card.js';
import { Chart } from '../components/chart.js';
import { EmptyState } from '../components/empty_state.js';
import { ErrorBox } from '../components/error_box.js';
import { Icon } from '../components/icon.js';
import { Page } from '../components/page.js';
import { StateBadge } from '../components/state_badge.js';
import { Time } from '../components/time.js';
import { count, plural, shortCount } from '../lib/format.js';
import { html, useMemo } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { path } from '../lib/router.js';
import { RUN_CODES } from '../lib/run_codes.js';
import { numbersOf, stateOf, timeOf } from '../lib/runs.js';
import { DAYS, landedByDay, loadFlows, loadNow, loadWeek } from './overview/load.js';

const NOW_MS = 5000;
const REST_MS = 60_000;

export default function Overview() {
  const now = useLoad(loadNow, [], { everyMs: NOW_MS });
  const flows = useLoad(loadFlows, [], { everyMs: REST_MS });
  const week = useLoad(loadWeek, [], { everyMs: REST_MS });
  const empty = flows.data?.none;
  const failure = [now, flows, week].find((one) => one.error);
  return html`
    <${Page} title="Overview" subtitle=${now.data && flows.data && !empty ? sentence(now.data, flows.data, week.data) : 'What runs, what failed, and what needs you.'}
      actions=${!empty && html`<${Button} icon="flow" href=${path('/flows')}>All dataflows<//>`}>
      ${failure && html`<${ErrorBox} error=${failure.error} onRetry=${failure.reload} />`}
      ${empty && html`<${EmptyState} icon="plug" title="Nothing is connected yet" action=${html`<${Button} primary icon="plug" href=${path('/sources')}>Choose a source<//>`}>
        Connect a source, choose what to read, and say where it lands. From then on this page shows what happens.<//>`}
      ${!empty && html`
        <${Glance} now=${now.data} flows=${flows.data} week=${week.data} />
        <div class="columns">
          <${Running} runs=${now.data?.running} names=${now.data?.names} />
          <${Attention} flows=${flows.data?.attention} more=${flows.data?.moreAttention} />
        </div>
        <${Failures} week=${week.data} />
        ${week.data && html`<${Landed} week=${week.data} />`}`}
    <//>
  `;
}

function sentence({ open }, { attention }, week) {
  const failed = week?.failed.length;
  const parts = [open ? `${plural(open, 'run')} at work or waiting` : 'nothing runs at the moment'];
  if (failed != null) parts.push(failed ? `${plural(failed, 'run')} failed in the last ${DAYS} days` : `no run failed in the last ${DAYS} days`);
  if (week?.cancelled) parts.push(`${count(week.cancelled)} ${week.cancelled === 1 ? 'was' : 'were'} cancelled`);
  parts.push(attention.length ? `${plural(attention.length, 'dataflow')} need${attention.length === 1 ? 's' : ''} you` : 'no dataflow needs you');
  const text = parts.join(', ');
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function Glance({ now, flows, week }) {
  const today = week?.days.at(-1);
  const items = [
    ['Runs open', now?.open, now?.open ? 'busy' : '', path('/runs', { state: 'inProgress' })],
    [`Failed in ${DAYS} days`, week?.failed.length, week?.failed.length ? 'bad' : '', path('/runs', { state: 'failed', span: String(DAYS - 1) })],
    ['Landed today', today?.landed, today?.landed ? 'good' : '', path('/runs', { span: '0' })],
    ['Rejected today', today?.rejected, today?.rejected ? 'bad' : '', path('/runs', { state: 'rejected', span: '0' })],
    ['Dataflows enabled', flows?.enabled, '', path('/flows', { state: 'enabled' })],
    ['Dataflows disabled', flows?.disabled, '', path('/flows', { state: 'disabled' })],
  ];
  return html`<div class="stats">${items.map(([text, value, look, to]) => html`<a class="stat" href=${to}><span>${text}</span><span class=${`stat-value ${look}`}>${value > 99_999 ? shortCount(value) : count(value)}</span></a>`)}</div>`;
}

function Running({ runs, names }) {
  return html`
    <${Card} title="Runs now">
      ${!runs && html`<p class="hint" role="status">Loading…</p>`}
      ${runs?.length === 0 && html`<p class="fine"><${Icon} name="pause" />Nothing runs at the moment.</p>`}
      ${runs?.length > 0 && html`<ul class="attention">${runs.map((run) => html`
        <li key=${run.id}><${StateBadge} state=${stateOf(run)} /><a href=${path(`/runs/${run.id}`)}>${names.get(run.flowId) ?? run.flowId}</a><${Time} ms=${timeOf(run)} />
          ${numbersOf(run).read > 0 && html`<p>${plural(numbersOf(run).read, 'row')} read so far</p>`}</li>`)}</ul>`}
    <//>
  `;
}

function Attention({ flows, more }) {
  return html`
    <${Card} title="Needs you">
      ${!flows && html`<p class="hint" role="status">Loading…</p>`}
      ${flows?.length === 0 && html`<p class="fine"><${Icon} name="check" />All dataflows do what they should.</p>`}
      ${flows?.length > 0 && html`<ul class="attention">${flows.map(({ flow, why, look }) => html`
        <li key=${flow.id}><${StateBadge} state=${look}>${why}<//><a href=${path(`/flows/${flow.id}`)}>${flow.name}</a>
          ${flow.lastRunDetails?.startedAtUTC ? html`<${Time} ms=${flow.lastRunDetails.startedAtUTC} />` : html`<span></span>`}</li>`)}</ul>`}
      ${more && html`<p><a href=${path('/flows', { last: 'failed' })}>All whose last run failed</a></p>`}
    <//>
  `;
}

function Failures({ week }) {
  return html`
    <${Card} title="What failed, and why" actions=${html`<span class="hint">last ${DAYS} days</span>`}>
      ${!week && html`<p class="hint" role="status">Loading…</p>`}
      ${week?.causes.length === 0 && html`<p class="fine"><${Icon} name="check" />No run failed.</p>`}
      ${week?.causes.length > 0 && html`<ul class="causes">${week.causes.map((cause) => html`
        <li key=${cause.code} class="cause">
          <header><h3><a href=${path('/runs', { state: 'failed', code: cause.code })}>${RUN_CODES[cause.code]?.title ?? 'Failed'}</a></h3><code>${cause.code}</code>
            <span class="hint">${plural(cause.runs.length, 'run')} of ${plural(cause.flows.length, 'dataflow')}</span></header>
          <p>${cause.message}</p>
          ${RUN_CODES[cause.code] && html`<p class="cause-next"><strong>What to do:</strong> ${RUN_CODES[cause.code].cure}</p>`}
          <p class="row">${cause.flows.slice(0, 5).map((id) => html`<a key=${id} href=${path(`/runs/${cause.runs.find((run) => run.flowId === id).id}`)}>${week.names.get(id) ?? id}</a>`)}
            ${cause.flows.length > 5 && html`<span class="hint">and ${cause.flows.length - 5} more</span>`}</p>
        </li>`)}</ul>`}
      ${week && !week.failedWhole && html`<p class="hint">The latest ${week.failed.length} failed runs are shown.</p>`}
      ${week?.cancelled > 0 && html`<p class="hint"><a href=${path('/runs', { state: 'cancelled', span: String(DAYS - 1) })}>${plural(week.cancelled, 'run')} cancelled</a> by somebody: not counted as failed.</p>`}
    <//>
  `;
}

function Landed({ week }) {
  const { times, series } = useMemo(() => landedByDay(week.days), [week]);
  return html`
    <${Card}>
      <${Chart} label="Rows per day" kind="bars" times=${times} series=${series} format=${shortCount} height=${200} />
      ${!week.whole && html`<p class="hint">There were more runs than could be added up here; earlier days are not complete.</p>`}
    <//>
  `;
}
