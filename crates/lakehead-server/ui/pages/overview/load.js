// What the overview shows, put together from a few lists: each call asks for one page, however many flows there are.
import { call, FLOW } from '../../lib/api.js';
import { causeOf, countOf, daysAgo, LAST_STATE, namesOf, numbersOf, RUN_STATE, runsSince, timeOf } from '../../lib/runs.js';
import { last } from '../../lib/due.js';

export const DAYS = 7;
const SHOWN = 8;
const MOST_FAILED = 200;
const MOST_RUNS = 1000;
// A schedule that is due may wait for a place; later than this it needs somebody.
const LATE_MS = 10 * 60_000;
const DAY_MS = 86_400_000;

const list = (collection, query, signal) => call('GET', `${FLOW}/${collection}`, { query, signal }).then((body) => body.items);

// What changes from second to second.
export async function loadNow(signal) {
  const scheduled = ['state==scheduled', `createdAt<=${Date.now()}`];
  const [working, waiting, running] = await Promise.all([
    countOf('runs', 'state==inProgress', signal),
    countOf('runs', scheduled, signal),
    list('runs', { property: 'state==inProgress', limit: SHOWN }, signal),
  ]);
  const shown = running.length < SHOWN && waiting ? [...running, ...await list('runs', { property: scheduled, limit: SHOWN - running.length }, signal)] : running;
  return { open: working + waiting, running: shown, names: await namesOf(shown.map((run) => run.flowId), signal) };
}

export async function loadFlows(signal) {
  const latest = { orderby: '-lastRunDetails.startedAtUTC' };
  const [any, enabled, disabled, failed, stopped, due] = await Promise.all([
    list('flows', { property: 'id', limit: 1 }, signal),
    countOf('flows', 'state==enabled', signal),
    countOf('flows', 'state==disabled', signal),
    list('flows', { property: ['state==enabled', ...LAST_STATE.failed], ...latest, limit: SHOWN + 1 }, signal),
    list('flows', { property: ['state==disabled', ...LAST_STATE.failed], ...latest, limit: SHOWN }, signal),
    // Those that have not run for the longest time come first.
    list('flows', { property: ['state==enabled', 'scheduleParams.frequency!=once'], orderby: 'lastRunDetails.startedAtUTC', limit: 100 }, signal),
  ]);
  return { none: !any.length, enabled, disabled, attention: attentionOf(failed.slice(0, SHOWN), stopped, due), moreAttention: failed.length > SHOWN };
}

// The worst first; a flow is named once.
function attentionOf(failed, disabled, due) {
  const found = new Map();
  const add = (flow, why, look) => found.has(flow.id) || found.set(flow.id, { flow, why, look });
  failed.forEach((flow) => add(flow, 'failed', 'failed'));
  due.filter(isLate).forEach((flow) => add(flow, 'did not run', 'failed'));
  disabled.forEach((flow) => add(flow, 'disabled after a failure', 'disabled'));
  return [...found.values()];
}

// Whether the schedule was due a while ago, and no run has begun since.
function isLate(flow) {
  const now = Date.now();
  const slot = last(flow.scheduleParams, now);
  const began = flow.lastRunDetails?.startedAtUTC ?? 0;
  const since = Math.max(slot ?? 0, flow.updatedAt ?? 0);
  return slot !== null && began < slot && now - since > LATE_MS;
}

export async function loadWeek(signal) {
  const since = daysAgo(DAYS - 1);
  const [all, failed, cancelled] = await Promise.all([
    runsSince(since, { most: MOST_RUNS, signal, filters: ['metrics.recordSummary.inputRecordCount>0'] }),
    runsSince(since, { most: MOST_FAILED, signal, filters: RUN_STATE.failed }),
    countOf('runs', [...RUN_STATE.cancelled, `createdAt>=${since}`], signal),
  ]);
  const causes = causesOf(failed.runs);
  const names = await namesOf(causes.flatMap((cause) => cause.flows.slice(0, 5)), signal);
  return { whole: all.whole, days: daysOf(all.runs, since), failed: failed.runs, failedWhole: failed.whole, cancelled, causes, names };
}

function causesOf(failed) {
  const causes = new Map();
  for (const run of failed) {
    const { code = 'no code', message = 'The run says no reason.' } = causeOf(run) ?? {};
    const cause = causes.get(code) ?? { code, message, runs: [], flows: [] };
    cause.runs.push(run);
    if (!cause.flows.includes(run.flowId)) cause.flows.push(run.flowId);
    causes.set(code, cause);
  }
  return [...causes.values()].sort((a, b) => b.runs.length - a.runs.length);
}

function daysOf(runs, since) {
  const days = Array.from({ length: DAYS }, (_, day) => ({ at: new Date(since + day * DAY_MS + DAY_MS / 2).setHours(0, 0, 0, 0), landed: 0, rejected: 0 }));
  for (const run of runs) {
    const at = new Date(timeOf(run)).setHours(0, 0, 0, 0);
    const day = days.find((one) => one.at === at);
    const { landed = 0, rejected = 0 } = numbersOf(run);
    if (day) Object.assign(day, { landed: day.landed + landed, rejected: day.rejected + rejected });
  }
  return days;
}

export function landedByDay(days) {
  return {
    times: days.map((day) => day.at),
    series: [{ label: 'landed', values: days.map((day) => day.landed), look: 'good' }, { label: 'rejected', values: days.map((day) => day.rejected), look: 'bad' }],
  };
}
