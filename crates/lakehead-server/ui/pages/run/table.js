// <RunTable flow=… property=${['state==failed']} fresh=${runs} />: runs, newest first, page by page. `fresh` are newer
// answers for some of them: what goes on is seen without loading the whole list again.
import { DataTable } from '../../components/data_table.js';
import { EmptyState } from '../../components/empty_state.js';
import { Bytes, Count } from '../../components/number.js';
import { StateBadge } from '../../components/state_badge.js';
import { Time } from '../../components/time.js';
import { FLOW } from '../../lib/api.js';
import { duration } from '../../lib/format.js';
import { html, useEffect, useState } from '../../lib/html.js';
import { useList, within } from '../../lib/load.js';
import { path } from '../../lib/router.js';
import { isOpen, namesOf, numbersOf, outcomeOf, stateOf, timeOf } from '../../lib/runs.js';

const PAGE_ROWS = 50;
const FIELDS = 'id,flowId,state,createdAt,metrics,parentFlowRunId';

export function RunTable({ flow, property = [], fresh, empty, orderby }) {
  const list = useList(`${FLOW}/runs`, { query: { property: [...(flow ? [`flowId==${flow}`] : []), ...property, FIELDS], orderby, limit: PAGE_ROWS } });
  // A run that has ended may have left the filter: nothing newer tells of it.
  useEffect(() => {
    const told = new Set(fresh?.map((run) => run.id));
    if (fresh && list.rows?.some((run) => isOpen(run) && !told.has(run.id))) list.reload();
  }, [fresh]);
  const names = useNames(flow ? [] : list.rows);
  return html`<${DataTable} label="Runs" rows=${merged(list.rows, fresh)} rowKey=${(run) => run.id} rowHref=${(run) => path(`/runs/${run.id}`)}
    columns=${columns(flow ? null : names)} loading=${list.loading} error=${list.error} onRetry=${list.reload} more=${list.more} onMore=${list.loadMore} loadingMore=${list.loadingMore}
    empty=${empty ?? html`<${EmptyState} icon="clock" title="No runs yet">The first run begins when the schedule is due, or when you choose “Run now”.<//>`} />`;
}

const COLUMNS = {
  time: { title: 'Started', render: (run) => html`<${Time} ms=${timeOf(run)} absolute />` },
  state: { title: 'State', render: (run) => html`<${StateBadge} state=${stateOf(run)} />` },
  said: { title: 'Result', render: (run) => html`<span title=${outcomeOf(run)}>${outcomeOf(run)}</span>` },
  read: { title: 'Rows read', align: 'end', render: (run) => html`<${Count} value=${numbersOf(run).read} />` },
  landed: { title: 'Landed', align: 'end', render: (run) => html`<${Count} value=${numbersOf(run).landed} />` },
  rejected: { title: 'Rejected', align: 'end', render: (run) => html`<${Count} value=${numbersOf(run).rejected} />` },
  files: { title: 'Files', align: 'end', render: (run) => html`<${Count} value=${numbersOf(run).files} />` },
  bytes: { title: 'Size', align: 'end', render: (run) => html`<${Bytes} value=${numbersOf(run).inputBytes} />` },
  ms: { title: 'Took', align: 'end', render: (run) => html`<span class="number">${duration(numbersOf(run).ms)}</span>` },
};
const OF_A_FLOW = ['time', 'state', 'read', 'landed', 'rejected', 'files', 'bytes', 'ms', 'said'];
const OF_ALL = ['time', 'flow', 'state', 'landed', 'rejected', 'ms', 'said'];

function columns(names) {
  const flow = { title: 'Dataflow', render: (run) => html`<a href=${path(`/flows/${run.flowId}`)}>${names.get(run.flowId) ?? run.flowId}</a>` };
  return (names ? OF_ALL : OF_A_FLOW).map((key) => ({ key, ...(COLUMNS[key] ?? flow) }));
}

function merged(rows, fresh) {
  if (!rows || !fresh) return rows;
  const newer = new Map(fresh.map((run) => [run.id, run]));
  const known = new Set(rows.map((run) => run.id));
  return [...fresh.filter((run) => !known.has(run.id)), ...rows.map((run) => newer.get(run.id) ?? run)];
}

// The names of the flows of these runs; asked once for each page of the list.
function useNames(rows) {
  const [names, setNames] = useState(new Map());
  const unknown = (rows ?? []).map((run) => run.flowId).filter((id) => !names.has(id));
  const asked = [...new Set(unknown)].join();
  useEffect(() => {
    if (!asked) return undefined;
    const stop = within();
    namesOf(asked.split(','), stop.signal)
      .then((found) => setNames((before) => new Map([...before, ...asked.split(',').map((id) => [id, found.get(id) ?? id])])))
      .catch(() => {});
    return () => stop.abort();
  }, [asked]);
  return names;
}
