// What the last step makes: dataset (where it is new), source connection, target connection, mapping set (where there are rules),
// dataflow. Each is made once: what is made is noted in the draft with what it was made of, so that going on after a
// failure takes it as it is, and a change makes that one and what refers to it anew.
import { call, CATALOG, CONVERSION, FLOW } from '../../lib/api.js';
import { paramsOf } from '../../lib/schedule.js';
import { DATA_LAKE } from '../../lib/specs.js';

// For all sources of files.
const FLOW_SPEC = '9753525b-82c7-4dce-8a9b-5ccfce2b9876';
const SCHEMA_VERSION = 'application/vnd.adobe.xed-full+json;version=1';

// Each: its name in `made`, what people call it, whether it is needed, its body, and how it is asked for.
export const THINGS = [
  { key: 'dataset', title: 'Dataset', needed: (draft) => !draft.dataset?.id, body: datasetBody, post: postDataset },
  { key: 'source', title: 'Source connection', needed: () => true, body: sourceBody, post: posted(`${FLOW}/sourceConnections`), remove: removed(`${FLOW}/sourceConnections`) },
  { key: 'target', title: 'Target connection', needed: () => true, body: targetBody, post: posted(`${FLOW}/targetConnections`), remove: removed(`${FLOW}/targetConnections`) },
  { key: 'mapping', title: 'Mapping', needed: (draft) => !draft.mapping?.id && draft.mapping?.rules?.length > 0, body: mappingBody, post: posted(`${CONVERSION}/mappingSets`) },
  { key: 'flow', title: 'Dataflow', needed: () => true, body: flowBody, post: posted(`${FLOW}/flows`) },
];

// Makes what is missing, one after the other; `note(key, {id, from})` is told of each as soon as it is there. Answers the id of the flow.
export async function finish(draft, note, nowMs = Date.now()) {
  const made = { ...draft.made };
  for (const thing of THINGS.filter((one) => one.needed(draft))) {
    const body = thing.body(draft, made, nowMs);
    const from = JSON.stringify(thing.key === 'flow' ? { ...body, scheduleParams: draft.schedule } : body);
    if (made[thing.key]?.from === from) continue;
    if (made[thing.key]) await thing.remove?.(made[thing.key].id);
    made[thing.key] = { id: await thing.post(body), from };
    note(thing.key, made[thing.key]);
  }
  return made.flow.id;
}

// The run that starts at once, where there is one soon.
export async function firstRun(flow, { tries = 8, waitMs = 500 } = {}) {
  for (let at = 0; at < tries; at += 1) {
    const { items } = await call('GET', `${FLOW}/runs`, { query: { property: `flowId==${flow}`, limit: 1 } });
    if (items.length) return items[0].id;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  return null;
}

function posted(path) {
  return async (body) => (await call('POST', path, { body })).id;
}

// What a change has made useless. It does no harm where it stays.
function removed(path) {
  return (id) => call('DELETE', `${path}/${id}`).catch(() => null);
}

async function postDataset(body) {
  const [reference] = await call('POST', `${CATALOG}/dataSets`, { query: { requestDataSource: true }, body });
  return reference.replace('@/dataSets/', '');
}

function datasetBody({ dataset }) {
  const body = { name: dataset.name, schemaRef: { id: dataset.schemaId, contentType: SCHEMA_VERSION } };
  return dataset.description ? { ...body, description: dataset.description } : body;
}

function sourceBody({ spec, account, source, dataset, flow }) {
  const data = { format: source.format };
  if (Object.keys(source.options).length) data.properties = source.options;
  if (data.format === 'parquet_xdm') data.schema = { id: dataset.schemaId, version: SCHEMA_VERSION };
  const params = { path: source.path, type: source.type };
  if (source.type === 'folder') params.recursive = Boolean(source.recursive);
  return { name: `${flow.name.trim()}: files`, baseConnectionId: account.id, data, params, connectionSpec: { id: spec, version: '1.0' } };
}

function targetBody({ dataset, source, flow }, made) {
  const schema = { id: dataset.schemaId, version: SCHEMA_VERSION };
  const data = source.format === 'parquet_xdm' ? { format: 'parquet_xdm', schema } : { schema };
  return { name: `${flow.name.trim()}: dataset`, data, params: { dataSetId: dataset.id ?? made.dataset.id }, connectionSpec: { id: DATA_LAKE, version: '1.0' } };
}

function mappingBody({ dataset, mapping, flow }) {
  return { name: `${flow.name.trim()}: mapping`, outputSchema: { schemaRef: { id: dataset.schemaId, contentType: SCHEMA_VERSION } }, mappings: mapping.rules.map(({ sourceType, source, destination }) => ({ sourceType, source, destination })) };
}

function flowBody(draft, made, nowMs) {
  const { flow, mapping, schedule } = draft;
  const mappingId = mapping?.id ?? (mapping?.rules?.length ? made.mapping.id : undefined);
  const options = { errorDiagnosticsEnabled: flow.partialIngestionPercent !== null || flow.errorDiagnosticsEnabled };
  if (flow.partialIngestionPercent !== null) options.partialIngestionPercent = flow.partialIngestionPercent;
  const body = {
    name: flow.name.trim(),
    flowSpec: { id: FLOW_SPEC, version: '1.0' },
    sourceConnectionIds: [made.source.id],
    targetConnectionIds: [made.target.id],
    transformations: mappingId ? [{ name: 'Mapping', params: { mappingId, mappingVersion: 0 } }] : [],
    scheduleParams: paramsOf(schedule, nowMs),
    options,
  };
  return flow.description.trim() ? { ...body, description: flow.description.trim() } : body;
}
