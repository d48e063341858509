// What pages say of runs: their numbers in one shape, their words, and the calls that ask for them.
import { call, FLOW } from './api.js';
import { count, plural } from './format.js';

const DAY_MS = 86_400_000;

// Minus one is how a finished run says that it does not know.
const known = (value) => (value == null || value < 0 ? undefined : value);

// {state, started, ended, ms, read, landed, rejected, warned, inputBytes, outputBytes, files, failedFiles}; what is not known is undefined.
export function numbersOf(run) {
  const { durationSummary = {}, recordSummary = {}, sizeSummary = {}, fileSummary = {} } = run.metrics ?? {};
  const [started, ended] = [durationSummary.startedAtUTC, durationSummary.completedAtUTC];
  return {
    state: stateOf(run),
    started,
    ended,
    ms: started && ended ? ended - started : undefined,
    read: known(recordSummary.inputRecordCount),
    landed: known(recordSummary.outputRecordCount),
    rejected: known(recordSummary.failedRecordCount),
    warned: known(recordSummary.warningRecordCount),
    inputBytes: known(sizeSummary.inputBytes),
    outputBytes: known(sizeSummary.outputBytes),
    files: known(fileSummary.inputFileCount),
    failedFiles: known(fileSummary.failedFileCount),
    undone: recordSummary.extensions?.undone?.recordCount,
  };
}

// The API says `failed` of what somebody has cancelled, too. These are the conditions that tell them apart, of lists of runs and of flows.
const OF_RUN = 'metrics.statusSummary.extensions.cancelled';
const OF_FLOW = 'lastRunDetails.extensions.cancelled';
export const RUN_STATE = { failed: ['state==failed', `${OF_RUN}!=true`], cancelled: [`${OF_RUN}==true`] };
export const LAST_STATE = { failed: ['lastRunDetails.state==failed', `${OF_FLOW}!=true`], cancelled: [`${OF_FLOW}==true`] };
const isCancelled = (run) => Boolean(run.metrics?.statusSummary?.extensions?.cancelled);
export const stateOf = (run) => (isCancelled(run) ? 'cancelled' : run.state ?? run.metrics?.statusSummary?.status ?? 'scheduled');
export const lastStateOf = (flow) => (flow.lastRunDetails?.extensions?.cancelled ? 'cancelled' : flow.lastRunDetails?.state);
export const isOpen = (run) => ['scheduled', 'queued', 'inProgress'].includes(stateOf(run));
export const timeOf = (run) => run.metrics?.durationSummary?.startedAtUTC ?? run.createdAt;

// The batch that a run has made, or undefined.
export const batchOf = (run) => run.activities?.flatMap((one) => one.targetInfo ?? []).map((target) => target.reference?.ids?.[0]).find(Boolean);

// The errors of a run one by one. The first of the list repeats the next one with a code that stands for all.
export function errorsOf(run) {
  const errors = run.metrics?.statusSummary?.errors ?? [];
  return errors.length > 1 && errors[0].code === 'CONNECTOR-2001-500' && errors[0].message === errors[1].message ? errors.slice(1) : errors;
}

// The error by which failed runs are put together: the first that says something of its own.
export const causeOf = (run) => errorsOf(run)[0];

export const filesOf = (run) => run.metrics?.fileSummary?.manifest?.fileInfo ?? [];

// What a person calls what a run was for.
export function kindOf(run) {
  const size = run.metrics?.recordSummary?.extensions?.undone;
  if (size) return 'undo';
  if (run.parentFlowRunId) return 'follow-up';
  return 'run';
}

// One sentence on how a run ended.
export function outcomeOf(run) {
  const { state, landed, rejected, files, failedFiles, undone } = numbersOf(run);
  if (state === 'cancelled') return 'Nothing of it landed';
  if (state === 'failed') return causeOf(run)?.message ?? 'It failed.';
  if (state !== 'success') return '';
  if (undone != null) return `${plural(undone, 'row')} taken out of the table`;
  if (!files) return 'Nothing was new';
  const parts = [`${plural(landed ?? 0, 'row')} landed`];
  if (rejected) parts.push(`${count(rejected)} rejected`);
  if (failedFiles) parts.push(`${plural(failedFiles, 'file')} could not be read`);
  return parts.join(', ');
}

// Runs since a time (epoch milliseconds), newest first, page by page up to `most`. {runs, whole: whether there are no more}
export async function runsSince(since, { flow, most = 300, signal, filters = [] } = {}) {
  const property = [...filters, ...(flow ? [`flowId==${flow}`] : []), ...(since ? [`createdAt>=${since}`] : []), 'id,flowId,state,createdAt,metrics'];
  const body = await call('GET', `${FLOW}/runs`, { query: { property, limit: 100 }, signal });
  return more(body, most, signal);
}

async function more(body, most, signal) {
  const runs = [...body.items];
  let next = body._links?.next?.href;
  while (next && runs.length < most) {
    const page = await call('GET', FLOW + next, { signal });
    runs.push(...page.items);
    next = page._links?.next?.href;
  }
  return { runs, whole: !next };
}

export const countOf = async (collection, property, signal) => (await call('GET', `${FLOW}/${collection}`, { query: { property, count: true }, signal })).count;

// The beginning of the day (local time) so many days ago.
export function daysAgo(days) {
  const today = new Date();
  today.setHours(0, 0, 0, 0);
  return today.getTime() - days * DAY_MS;
}

// The names of flows by their ids, with as few calls as there are pages of 50.
export async function namesOf(ids, signal) {
  const wanted = [...new Set(ids)];
  const names = new Map();
  for (let at = 0; at < wanted.length; at += 50) {
    const property = [`id==${wanted.slice(at, at + 50).join(',')}`, 'id,name'];
    const body = await call('GET', `${FLOW}/flows`, { query: { property, limit: 50 }, signal });
    for (const flow of body.items) names.set(flow.id, flow.name);
  }
  return names;
}
