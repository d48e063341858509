// One batch of a dataset: what was read, what landed, what was rejected and why; and taking it back, whole or file by file.
import { DataFiles, SourceFiles } from './batch/files.js';
import { Rejected } from './batch/rejected.js';
import { BatchState } from './dataset/batches.js';
import { useChange } from './run/change.js';
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
import { numbersOf } from '../lib/runs.js';
import { PAGES } from '../pages.js';

const exists = (page) => PAGES.some((other) => other.path === page);

export default function Batch({ params: { id, batch: batchId } }) {
  const { data, error, reload } = useLoad((signal) => load(id, batchId, signal), [id, batchId]);
  const crumbs = [['Datasets', '/datasets'], [data?.dataset.name ?? 'Dataset', `/datasets/${id}`]];
  const [ask, dialog] = useChange(changed(data, reload));
  if (error && !data) return html`<${Page} title="Batch" crumbs=${crumbs}><${ErrorBox} error=${error} onRetry=${reload} /><//>`;
  if (!data) return html`<${Page} title=${`Batch ${batchId}`} crumbs=${crumbs}><p class="page-loading" role="status">Loading…</p><//>`;
  const { batch, run, flow } = data;
  const acts = actsOf(data);
  return html`
    <${Page} title=${`Batch ${batchId}`} subtitle=${flow ? html`Brought by ${link('/flows/:id', `/flows/${flow.id}`, flow.name)}` : 'An upload'} crumbs=${crumbs}
      actions=${html`
        <${Button} icon="refresh" onClick=${reload}>Reload<//>
        ${acts.undo && html`<${Button} icon="undo" onClick=${() => ask('undo')}>Undo<//>`}
        ${acts.redo && html`<${Button} icon="refresh" onClick=${() => ask('redo')}>Redo<//>`}`}>
      <div class="card summary"><${KeyValues} items=${facts(batch, run)} /></div>
      ${batch.undone?.length > 0 && html`<${Undone} undone=${batch.undone} />`}
      <${SourceFiles} data=${data} acts=${acts} ask=${ask} />
      <${DataFiles} batch=${batch} />
      <${Rejected} batch=${batch} />
      ${dialog}
    <//>
  `;
}

const link = (page, to, text) => (exists(page) ? html`<a href=${path(to)}>${text}</a>` : text);

// {undo, redo}: what can be done with the batch now.
function actsOf({ batch, flow, run }) {
  const landed = ['success', 'active'].includes(batch.status);
  return { undo: landed, redo: Boolean(run && flow) && (landed || batch.status === 'inactive') };
}

// What the question of a change says of the batch.
function changed(data, onEnd) {
  const { batch, run, flow } = data ?? {};
  return { name: 'batch', run, flow, batchId: batch?.id, rows: batch?.recordCount ?? batch?.metrics?.outputRecordCount, files: run && numbersOf(run).files, onEnd };
}

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
