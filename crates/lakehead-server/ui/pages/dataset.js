// One dataset: its rows, fields, batches and snapshots, how to read it, and what it is called and labelled.
import { Batches } from './dataset/batches.js';
import { Fields } from './dataset/fields.js';
import { Labels } from './dataset/labels.js';
import { Preview } from './dataset/preview.js';
import { Reading } from './dataset/reading.js';
import { Settings } from './dataset/settings.js';
import { Snapshots } from './dataset/snapshots.js';
import { Button } from '../components/button.js';
import { ErrorBox } from '../components/error_box.js';
import { KeyValues } from '../components/key_values.js';
import { Bytes, Count } from '../components/number.js';
import { Page } from '../components/page.js';
import { StateBadge } from '../components/state_badge.js';
import { Tabs } from '../components/tabs.js';
import { Time } from '../components/time.js';
import { one, tableName, tableOf } from '../lib/catalog.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { path, useQuery } from '../lib/router.js';

export default function Dataset({ params: { id } }) {
  const [{ tab = 'preview' }, setQuery] = useQuery();
  const dataset = useLoad((signal) => one('/dataSets', id, signal), [id]);
  const table = useLoad((signal) => tableOf(id, { signal, all: true }), [id]);
  const known = dataset.data;
  const reload = () => { dataset.reload(); table.reload(); };
  const tabs = [
    { id: 'preview', title: 'Preview', panel: () => html`<${Preview} id=${id} rows=${table.data?.rows} />` },
    { id: 'fields', title: 'Fields', panel: () => html`<${Fields} dataset=${known} />` },
    { id: 'batches', title: 'Batches', panel: () => html`<${Batches} id=${id} />` },
    { id: 'snapshots', title: 'Snapshots', count: table.data?.snapshots.length, panel: () => html`<${Snapshots} table=${table} />` },
    { id: 'read', title: 'How to read it', panel: () => html`<${Reading} name=${tableName(known)} />` },
    { id: 'labels', title: 'Labels', panel: () => html`<${Labels} dataset=${known} />` },
    { id: 'settings', title: 'Settings', panel: () => html`<${Settings} dataset=${known} onChange=${reload} />` },
  ];
  if (dataset.error && !known) return html`<${Page} title="Dataset" crumbs=${[['Datasets', '/datasets']]}><${ErrorBox} error=${dataset.error} onRetry=${dataset.reload} /><//>`;
  if (!known) return html`<${Page} title="Dataset" crumbs=${[['Datasets', '/datasets']]}><p class="hint" role="status">Loading…</p><//>`;
  return html`
    <${Page} title=${known.name ?? 'Dataset'} subtitle=${known.description} crumbs=${[['Datasets', '/datasets']]}
      actions=${html`<${Button} icon="refresh" onClick=${reload} busy=${dataset.loading}>Reload<//>`}>
      <${Summary} dataset=${known} table=${table} />
      <${Tabs} label="Parts of the dataset" tabs=${tabs} selected=${tab} onSelect=${(one) => setQuery({ tab: one === 'preview' ? '' : one })} />
    <//>
  `;
}

function Summary({ dataset, table }) {
  const last = dataset.lastBatchId
    ? html`<a href=${path(`/datasets/${dataset.id}/batches/${dataset.lastBatchId}`)}><${StateBadge} state=${dataset.lastBatchStatus} /></a>`
    : 'none yet';
  return html`
    <div class="card summary"><${KeyValues} items=${[
      ['Rows', table.data ? html`<strong><${Count} value=${table.data.rows} /></strong>` : ' '],
      ['Size', table.data ? html`<${Bytes} value=${table.data.bytes} />` : ' '],
      ['Data files', table.data ? html`<${Count} value=${table.data.files} />` : ' '],
      ['Last batch', last],
      ['Table', html`<code>${tableName(dataset)}</code>`],
      ['Changed', html`<${Time} ms=${table.data?.snapshots[0]?.at ?? dataset.updated} />`],
    ]} /></div>
    ${table.error && html`<${ErrorBox} error=${table.error} onRetry=${table.reload} />`}
  `;
}
