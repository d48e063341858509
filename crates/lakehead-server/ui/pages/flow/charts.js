// The runs of a flow over time: rows, duration, bytes. Where there are many, each point stands for a day.
import { Chart } from '../../components/chart.js';
import { Chips } from '../../components/chips.js';
import { ErrorBox } from '../../components/error_box.js';
import { bytes, duration, shortCount } from '../../lib/format.js';
import { html, useMemo } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { useQuery } from '../../lib/router.js';
import { daysAgo, isOpen, numbersOf, runsSince, stateOf, timeOf } from '../../lib/runs.js';

const SPANS = [['7', 'Last 7 days'], ['30', 'Last 30 days'], ['all', 'All']];
const MOST_RUNS = 1000;
const MOST_POINTS = 90;

export function Charts({ flow, latest }) {
  const [{ span = '7' }, setQuery] = useQuery();
  // A run that has ended changes what is drawn; one that goes on does not.
  const state = latest && !isOpen(latest) ? latest.id : '';
  const { data, error, reload } = useLoad((signal) => runsSince(span === 'all' ? 0 : daysAgo(Number(span)), { flow, most: MOST_RUNS, signal }), [flow, span, state]);
  const points = useMemo(() => (data ? pointsOf(data.runs) : null), [data]);
  const series = useMemo(() => (points ? seriesOf(points) : null), [points]);
  return html`
    <div class="stack">
      <div class="row"><${Chips} label="Time" options=${SPANS} value=${span} onChange=${(one) => setQuery({ span: one })} />
        ${data && html`<span class="hint" role="status">${summary(data, points)}</span>`}</div>
      ${error && html`<${ErrorBox} error=${error} onRetry=${reload} />`}
      ${points?.times.length > 1 && html`
        <div class="charts">
          <${Chart} label="Rows" kind="lines" times=${points.times} series=${series.rows} format=${shortCount} height=${200} />
          <${Chart} label="Duration" times=${points.times} series=${series.duration} format=${duration} height=${150} />
          <${Chart} label="Size" times=${points.times} series=${series.bytes} format=${bytes} height=${150} />
        </div>`}
    </div>
  `;
}

function summary({ runs, whole }, points) {
  const ended = runs.filter((run) => !isOpen(run));
  const ending = (state) => ended.filter((run) => stateOf(run) === state).length;
  const [failed, cancelled] = [ending('failed'), ending('cancelled')];
  if (!ended.length) return 'No run has ended in this time.';
  const parts = [`${ended.length}${whole ? '' : ' latest'} ${ended.length === 1 ? 'run' : 'runs'}`, failed ? `${failed} failed` : 'none failed'];
  if (cancelled) parts.push(`${cancelled} cancelled`);
  if (points.byDay) parts.push('each point is a day');
  if (points.times.length === 1) parts.push('charts begin with the second');
  return parts.join(', ');
}

// Oldest first.
function pointsOf(runs) {
  const ended = runs.filter((run) => !isOpen(run) && timeOf(run)).reverse();
  const byDay = ended.length > MOST_POINTS;
  const places = new Map();
  for (const run of ended) {
    const at = byDay ? new Date(timeOf(run)).setHours(0, 0, 0, 0) : timeOf(run);
    places.set(at, [...(places.get(at) ?? []), numbersOf(run)]);
  }
  const sorted = [...places].sort(([a], [b]) => a - b);
  return { byDay, times: sorted.map(([at]) => at), groups: sorted.map(([, group]) => group) };
}

function seriesOf({ groups, byDay }) {
  const sum = (name) => groups.map((group) => group.reduce((total, run) => total + (run[name] ?? 0), 0));
  const longest = groups.map((group) => Math.max(...group.map((run) => run.ms ?? 0)));
  return {
    rows: [{ label: 'read', values: sum('read'), look: 'neutral' }, { label: 'landed', values: sum('landed'), look: 'good' }, { label: 'rejected', values: sum('rejected'), look: 'bad' }],
    duration: [{ label: byDay ? 'longest run' : 'run', values: longest, look: 'accent' }],
    bytes: [{ label: 'read', values: sum('inputBytes'), look: 'neutral' }, { label: 'written', values: sum('outputBytes'), look: 'accent' }],
  };
}
