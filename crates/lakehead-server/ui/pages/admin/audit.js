// The audit trail: who changed what, and which secrets were used. The server filters.
import { Guard } from './guard.js';
import { Button } from '../../components/button.js';
import { CodeBlock } from '../../components/code_block.js';
import { DataTable } from '../../components/data_table.js';
import { Dialog } from '../../components/dialog.js';
import { EmptyState } from '../../components/empty_state.js';
import { Input } from '../../components/input.js';
import { KeyValues } from '../../components/key_values.js';
import { Page } from '../../components/page.js';
import { Select } from '../../components/select.js';
import { Time } from '../../components/time.js';
import { AUDIT } from '../../lib/api.js';
import { html, useState } from '../../lib/html.js';
import { useList } from '../../lib/load.js';
import { useQuery } from '../../lib/router.js';

const ACTIONS = ['create', 'update', 'delete', 'publish', 'cancel', 'use-secret', 'replace-secret'];
const KINDS = ['flow', 'connection', 'source_connection', 'target_connection', 'run', 'batch', 'dataset', 'dataset_labels', 'mapping_set', 'xdm_resource', 'descriptor', 'encryption_key', 'sandbox', 'client', 'user', 'role', 'organisation'];
const SINCE = [['3600000', 'Last hour'], ['86400000', 'Last day'], ['604800000', 'Last week'], ['2592000000', 'Last 30 days']];

export default function Audit() {
  return html`<${Page} title="Audit trail" subtitle="Every change of the organisation and every use of a secret, newest first. Nothing here can be changed.">
    <${Guard} permission="administer" to="see the audit trail">${() => html`<${Events} />`}<//>
  <//>`;
}

function Events() {
  const [query, setQuery] = useQuery();
  const { action = '', assetType = '', assetId = '', user = '', sandboxName = '', since = '' } = query;
  const [now] = useState(Date.now);
  const filter = { action, assetType, assetId: assetId.trim(), user: user.trim(), sandboxName: sandboxName.trim(), from: since ? now - Number(since) : '' };
  const list = useList(`${AUDIT}/events`, { query: { ...filter, limit: 50 }, key: (body) => body._embedded?.customerAuditLogList });
  const [shown, setShown] = useState(null);
  const columns = [
    { key: 'timestamp', title: 'When', render: (row) => html`<${Time} absolute ms=${Date.parse(row.timestamp)} />` },
    { key: 'action', title: 'Action', render: (row) => html`<span class="strong">${row.action}</span>` },
    { key: 'assetType', title: 'Of', render: (row) => row.assetType?.replaceAll('_', ' ') },
    { key: 'asset', title: 'Name or id', render: (row) => (row.assetName ? html`<span title=${row.assetId}>${row.assetName}</span>` : html`<code>${row.assetId}</code>`) },
    { key: 'user', title: 'By', render: (row) => html`<span title=${row.userEmail}>${row.userEmail === 'SYSTEM' ? 'the server' : row.userEmail}</span>` },
    { key: 'sandboxName', title: 'Sandbox' },
    { key: 'more', title: 'More', render: (row) => html`<${Button} small aria-label=${`Details of event ${row.id}`} onClick=${() => setShown(row)}>Details<//>` },
  ];
  const some = Object.values(filter).some(Boolean);
  const none = { action: '', assetType: '', assetId: '', user: '', sandboxName: '', since: '' };
  const empty = html`<${EmptyState} icon="search" title="No events" action=${some && html`<${Button} onClick=${() => setQuery(none)}>Show all events<//>`}>Nothing that fits has happened.<//>`;
  return html`
    <div class="filter-grid" role="search">
      <${Select} label="Action" value=${action} options=${ACTIONS} empty="Any" onChange=${(one) => setQuery({ action: one })} />
      <${Select} label="Of" value=${assetType} options=${KINDS.map((kind) => [kind, kind.replaceAll('_', ' ')])} empty="Anything" onChange=${(one) => setQuery({ assetType: one })} />
      <${Select} label="Since" value=${since} options=${SINCE} empty="Ever" onChange=${(one) => setQuery({ since: one })} />
      <${Input} label="Id" value=${assetId} onInput=${(one) => setQuery({ assetId: one })} placeholder="of what was changed" />
      <${Input} label="By" value=${user} onInput=${(one) => setQuery({ user: one })} placeholder="account" />
      <${Input} label="Sandbox" value=${sandboxName} onInput=${(one) => setQuery({ sandboxName: one })} placeholder="name" />
    </div>
    <${DataTable} label="Events" columns=${columns} rows=${list.rows} rowKey=${(row) => row.id} loading=${list.loading} error=${list.error} onRetry=${list.reload} empty=${empty}
      more=${list.more} onMore=${list.loadMore} loadingMore=${list.loadingMore} />
    <${Dialog} wide open=${shown !== null} title=${`Event ${shown?.id}`} onClose=${() => setShown(null)}>
      ${shown && html`<div class="stack">
        <${KeyValues} items=${[['When', html`<${Time} absolute ms=${Date.parse(shown.timestamp)} />`], ['Action', shown.action], ['Of', shown.assetType], ['Id', html`<code>${shown.assetId}</code>`],
          ['By', shown.userEmail], ['Client', html`<code>${shown.clientId}</code>`], ['Request', shown.requestId ? html`<code>${shown.requestId}</code>` : '–']]} />
        <${CodeBlock} label="Details" text=${JSON.stringify(shown.detail, null, 2)} />
        <div class="actions"><${Button} small onClick=${() => { setQuery({ ...none, assetId: shown.assetId }); setShown(null); }}>Everything about this id<//></div>
      </div>`}
    <//>
  `;
}
