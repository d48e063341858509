// One batch of a dataset: what was read, what landed, what was rejected and why; and taking it back, whole or file by file.
import { actsOf, useChange } from './batch/change.js';
import { DataFiles, SourceFiles } from './batch/files.js';
import { Rejected } from './batch/rejected.js';
import { BatchState } from './dataset/batches.js';
import { Button } from '../components/button.js';
import { Card } from '../components/card.js';
import { ErrorBox } from '../components/error_box.js';
import { KeyValues } from '../components/key_values.js';
import { Bytes, Count } from '../components/number.js';
import { Page } from '../components/page.js';
import { Time } from '../components/time.js';
import { call, FLOW } from '../lib/api.js';
import { one } from '../lib/catalog.js';
import { duration } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { path } from '../lib/router.js';
import { PAGES } from '../pages.js';

const exists = (page) => PAGES.some((other) => other.path === page);

export default function Batch({ params: { id, batch: batchId } }) {
  const { data, error, reload } = useLoad((signal) => load(id, batchId, signal), [id, batchId]);
  const crumbs = [['Datasets', '/datasets'], [data?.dataset.name ?? 'Dataset', `/datasets/${id}`]];
  const change = useChange(data, reload);
  if (error && !data) return html`<${Page} title="Batch" crumbs=${crumbs}><${ErrorBox} error=${error} onRetry=${reload} /><//>`;
  if (!data) return html`<${Page} title=${`Batch ${batchId}`} crumbs=${crumbs}><p class="page-loading" role="status">Loading…</p><//>`;
  const { batch, run, flow } = data;
  const acts = actsOf(data);
  return html`
    <${Page} title=${`Batch ${batchId}`} subtitle=${flow ? html`Brought by ${link('/flows/:id', `/flows/${flow.id}`, flow.name)}` : 'An upload'} crumbs=${crumbs}
      actions=${html`
        <${Button} icon="refresh" onClick=${reload}>Reload<//>
        ${acts.redo && html`<${Button} icon="play" busy=${change.busy === 'redo'} disabled=${Boolean(change.busy)} onClick=${() => change.ask('redo')}>Replay batch<//>`}
        ${acts.undo && html`<${Button} danger icon="undo" busy=${change.busy === 'undo'} disabled=${Boolean(change.busy)} onClick=${() => change.ask('undo')}>Undo batch<//>`}`}>
      ${change.message && html`<p class="notice" role="status">${change.message}</p>`}
      <${ErrorBox} error=${change.error} />
      <div class="card summary"><${KeyValues} items=${facts(batch, run)} /></div>
      ${batch.undone?.length > 0 && html`<${Undone} undone=${batch.undone} />`}
      <${SourceFiles} data=${data} acts=${acts} change=${change} />
      <${DataFiles} batch=${batch} />
      <${Rejected} batch=${batch} />
    <//>
  `;
}

const link = (page, to, text) => (exists(page) ? html`<a href=${path(to)}>${text}</a>` : text);

function facts(batch, run) {
  const { metrics = {} } = batch;
  return [
    ['State', html`<${BatchState} batch=${batch} />`],
    ['Rows read', html`<${Count} value=${metrics.inputRecordCount} />`],
    ['Rows landed', html`<strong><${Count} value=${metrics.outputRecordCount ?? batch.recordCount} /></strong>`],
    ['Rows rejected', html`<span class=${batch.failedRecordCount > 0 ? 'bad-text' : undefined}><${Count} value=${batch.failedRecordCount} /></span>`],
    ...(metrics.undoneRecordCount ? [['Rows taken out again', html`<${Count} value=${metrics.undoneRecordCount} />`]] : []),
    ['Bytes read', html`<${Bytes} value=${metrics.inputByteSize} />`],
    ['Size in the table', html`<${Bytes} value=${batch.size} />`],
    ['Made', html`<${Time} ms=${batch.created} />`],
    ['Took', batch.completed && batch.started ? duration(batch.completed - batch.started) : '–'],
    ['Run', run ? link('/runs/:id', `/runs/${run.id}`, html`<code>${run.id}</code>`) : '–'],
    ...(batch.replay?.predecessors?.length ? [['In place of', html`<code>${batch.replay.predecessors.join(', ')}</code>`]] : []),
  ];
}

function Undone({ undone }) {
  return html`
    <${Card} title="Taken out again"><ul class="users">${undone.map((entry, at) => html`
      <li key=${at}>${entry.path ? html`<code>${entry.path}</code>` : 'The whole batch'}${entry.recordCount != null && html`, <${Count} value=${entry.recordCount} /> rows`}${entry.at != null && html`, <${Time} ms=${entry.at} />`}</li>`)}</ul><//>
  `;
}

// A batch that was uploaded has no flow, and its run is not one of a flow.
async function load(datasetId, batchId, signal) {
  const [batch, dataset] = await Promise.all([one('/batches', batchId, signal), one('/dataSets', datasetId, signal)]);
  const [runId, flowId] = [batch.tags?.runId?.[0], batch.tags?.flowId?.[0]];
  const found = (name, id) => (id ? call('GET', `${FLOW}/${name}/${id}`, { signal }).then((body) => body.items?.[0] ?? null, () => null) : null);
  const [run, flow] = await Promise.all([found('runs', runId), found('flows', flowId)]);
  return { batch, dataset, run, flow };
}
