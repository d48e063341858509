// How the last runs of a flow ended, as dots. Only flows in sight are asked for, all of them with one call.
import { call, FLOW } from '../../lib/api.js';
import { html, useEffect, useRef, useState } from '../../lib/html.js';
import { RUN_STATE, stateOf } from '../../lib/runs.js';

const SHOWN = 8;
const WAIT_MS = 60;
const MOST_FLOWS = 40;
const LOOK = { success: 'good', failed: 'bad', inProgress: 'busy' };

// Collects the flows that come into sight, and asks for the runs of them together.
export function recentRuns() {
  const known = new Map();
  const waiting = new Map();
  let timer;
  const ask = async () => {
    const asked = [...waiting].slice(0, MOST_FLOWS);
    asked.forEach(([flow]) => waiting.delete(flow));
    if (waiting.size) timer = setTimeout(ask, WAIT_MS);
    const runs = await runsOf(asked.map(([flow]) => flow)).catch(() => []);
    for (const [flow, tell] of asked) {
      known.set(flow, runs.filter((run) => run.flowId === flow).slice(0, SHOWN).reverse());
      tell(known.get(flow));
    }
  };
  return (flow, tell) => {
    if (known.has(flow)) return tell(known.get(flow));
    waiting.set(flow, tell);
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
    return undefined;
  };
}

// Their numbers, which say what was cancelled, would be far more than is drawn: it is asked for where something failed.
async function runsOf(flows) {
  const newest = async (conditions, shown) => (await call('GET', `${FLOW}/runs`, { query: { property: [`flowId==${flows.join(',')}`, ...conditions, shown], limit: 100 } })).items;
  const runs = await newest([], 'id,flowId,state');
  const cancelled = runs.some((run) => run.state === 'failed') ? new Set((await newest(RUN_STATE.cancelled, 'id')).map((run) => run.id)) : new Set();
  return runs.map((run) => (cancelled.has(run.id) ? { ...run, state: 'cancelled' } : run));
}

export function Dots({ flow, recent }) {
  const place = useRef(null);
  const [runs, setRuns] = useState(null);
  useEffect(() => {
    let gone = false;
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      recent(flow, (found) => gone || setRuns(found));
    });
    seen.observe(place.current);
    return () => { gone = true; seen.disconnect(); };
  }, [flow, recent]);
  const words = runs?.map(stateOf).join(', ');
  return html`<span class="dots" ref=${place} role=${runs?.length ? 'img' : undefined} aria-label=${runs?.length ? `Recent runs, the newest last: ${words}` : undefined}
    title=${words}>${runs?.map((run) => html`<i class=${`dot ${LOOK[stateOf(run)] ?? 'neutral'}`}></i>`)}</span>`;
}
