// How far a run is: rows so far, rows per second, and the time that is left, judged by how long former runs took.
import { Card } from '../../components/card.js';
import { Progress } from '../../components/progress.js';
import { count, duration, plural } from '../../lib/format.js';
import { html, useRef } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { numbersOf, runsSince, stateOf, timeOf } from '../../lib/runs.js';

const FORMER = 20;
const RATE_MS = 5000;

export function Live({ run }) {
  const { read = 0, started } = numbersOf(run);
  const { data: usual } = useLoad((signal) => usualOf(run.flowId, signal), [run.flowId]);
  const rate = useRate(read, started);
  if (stateOf(run) !== 'inProgress') {
    const due = timeOf(run) > Date.now() + 1000;
    return html`<${Card} class="card live"><${Progress} label="Waiting for its turn" text=${due ? 'It begins at its time.' : 'It begins as soon as the dataflow has no other run, and a place is free.'} /><//>`;
  }
  const elapsed = started ? Math.max(0, Date.now() - started) : 0;
  const left = leftOf({ read, elapsed, usual });
  const text = [rate && `${count(Math.round(rate))} rows per second`, left == null ? (usual ? 'longer than former runs took' : 'no former run to judge by') : `about ${duration(left)} left`].filter(Boolean).join(', ');
  return html`
    <${Card} class="card live">
      <${Progress} label=${`${plural(read, 'row')} read in ${duration(Math.round(elapsed / 1000) * 1000)}`} text=${text} value=${left == null ? undefined : elapsed / (elapsed + left)} />
    <//>
  `;
}

// Rows per second over the last seconds; over the whole run where it has just been opened.
function useRate(read, started) {
  const seen = useRef([]);
  const now = Date.now();
  if (seen.current.at(-1)?.read !== read) seen.current = [...seen.current, { read, at: now }].filter((one) => now - one.at <= RATE_MS);
  const first = seen.current[0];
  if (first && first.read !== read && now > first.at) return (read - first.read) / ((now - first.at) / 1000);
  return started && read && now > started ? read / ((now - started) / 1000) : 0;
}

// By rows where former runs read about as many, by time before the first row is read.
function leftOf({ read, elapsed, usual }) {
  if (!usual) return null;
  if (read > 0 && read < usual.rows) return (elapsed / read) * (usual.rows - read);
  return elapsed < usual.ms ? usual.ms - elapsed : null;
}

// The middle of the former runs that brought something.
async function usualOf(flow, signal) {
  const { runs } = await runsSince(0, { flow, most: FORMER, signal, filters: ['state==success'] });
  const former = runs.map(numbersOf).filter((one) => one.read > 0 && one.ms > 0);
  if (!former.length) return null;
  const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  return { rows: middle(former.map((one) => one.read)), ms: middle(former.map((one) => one.ms)) };
}
