// What reads through an account: its dataflows, and the data that was chosen from it.
import { flowsOf } from './flow_count.js';
import { Card } from '../../components/card.js';
import { DataTable } from '../../components/data_table.js';
import { EmptyState } from '../../components/empty_state.js';
import { Button } from '../../components/button.js';
import { StateBadge } from '../../components/state_badge.js';
import { Time } from '../../components/time.js';
import { FLOW } from '../../lib/api.js';
import { html } from '../../lib/html.js';
import { useList } from '../../lib/load.js';
import { path } from '../../lib/router.js';

const PAGE_ROWS = 20;

export function Uses({ account }) {
  const flows = useList(`${FLOW}/flows`, { query: { property: flowsOf(account.id), limit: PAGE_ROWS } });
  const sources = useList(`${FLOW}/sourceConnections`, { query: { property: `baseConnectionId==${account.id}`, limit: PAGE_ROWS } });
  const common = (list) => ({
    rows: list.rows, rowKey: (row) => row.id, loading: list.loading, error: list.error, onRetry: list.reload,
    more: list.more, onMore: list.loadMore, loadingMore: list.loadingMore,
  });
  const add = html`<${Button} href=${path(`/sources/${account.connectionSpec.id}/add`, { account: account.id })}>Add data<//>`;
  return html`
    <${Card} title="Dataflows that read through it">
      <${DataTable} label="Dataflows of the account" ...${common(flows)} rowHref=${(flow) => path(`/flows/${flow.id}`)} columns=${FLOWS}
        empty=${html`<${EmptyState} icon="flow" title="Nothing reads through it yet" action=${add}>Choose files or a folder, and where their rows go.<//>`} />
    <//>
    ${sources.rows?.length !== 0 && html`<${Card} title="Data chosen from it"><${DataTable} label="Source connections of the account" ...${common(sources)} columns=${SOURCES} /><//>`}
  `;
}

const FLOWS = [
  { key: 'name', title: 'Name', wide: true },
  { key: 'state', title: 'State', render: (flow) => html`<${StateBadge} state=${flow.state} />` },
  { key: 'last', title: 'Last run', render: (flow) => (flow.lastRunDetails ? html`<${StateBadge} state=${flow.lastRunDetails.state} />` : 'none yet') },
  { key: 'created', title: 'Created', render: (flow) => html`<${Time} ms=${flow.createdAt} />` },
];
const SOURCES = [
  { key: 'path', title: 'Path', wide: true, render: (source) => html`<code>${source.params?.path ?? '–'}</code>` },
  { key: 'format', title: 'Format', render: (source) => source.data?.format ?? '–' },
  { key: 'name', title: 'Name' },
  { key: 'state', title: 'State', render: (source) => html`<${StateBadge} state=${source.state} />` },
];
