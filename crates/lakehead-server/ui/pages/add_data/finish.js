// What the last step makes: dataset (where it is new), source connection, target connection, mapping set (where there are rules),
// dataflow. Each is made once (lib/once.js): what is made is noted in the draft with what it was made of, so that going on after
// a failure or a lost answer takes it as it is, and a change makes that one and what refers to it anew.
import { call, CATALOG, CONVERSION, FLOW } from '../../lib/api.js';
import { makeOnce, posted, removed } from '../../lib/once.js';
import { paramsOf } from '../../lib/schedule.js';
import { DATA_LAKE } from '../../lib/specs.js';

// For all sources of files.
const FLOW_SPEC = '9753525b-82c7-4dce-8a9b-5ccfce2b9876';
const SCHEMA_VERSION = 'application/vnd.adobe.xed-full+json;version=1';

const DATASETS = `${CATALOG}/dataSets`;

// Each: its name in `made`, what people call it, whether it is needed, its body, and how it is asked for. A flow runs as soon as
// it is there: one whose answer was lost is taken as it is, also where something was changed since.
export const THINGS = [
  { key: 'dataset', title: 'Dataset', needed: (draft) => !draft.dataset?.id, body: datasetBody, send: posted(DATASETS, { query: { requestDataSource: true }, idOf: ([one]) => one.replace('@/dataSets/', '') }) },
  { key: 'source', title: 'Source connection', needed: () => true, body: sourceBody, send: posted(`${FLOW}/sourceConnections`), remove: removed(`${FLOW}/sourceConnections`) },
  { key: 'target', title: 'Target connection', needed: () => true, body: targetBody, send: posted(`${FLOW}/targetConnections`), remove: removed(`${FLOW}/targetConnections`) },
  { key: 'mapping', title: 'Mapping', needed: (draft) => !draft.mapping?.id && draft.mapping?.rules?.length > 0, body: mappingBody, send: posted(`${CONVERSION}/mappingSets`) },
  { key: 'flow', title: 'Dataflow', needed: () => true, body: flowBody, send: posted(`${FLOW}/flows`) },
];

// Makes what is missing, one after the other; `note(key, state)` is told what becomes of each. Answers the id of the flow, and
// whether it is that of a former attempt, made of something else than the draft says now.
export async function finish(draft, note, nowMs = Date.now()) {
  const made = { ...draft.made };
  const make = ({ key, send, remove }, body, from) => makeOnce(made[key], (state) => {
    made[key] = state;
    note(key, state);
  }, { body, from, send, remove });
  const needed = THINGS.filter((one) => one.needed(draft));
  const parts = (thing) => {
    const body = thing.body(draft, made, nowMs);
    // When it starts at once, another moment is no other flow.
    return [body, JSON.stringify(thing.key === 'flow' ? { ...body, scheduleParams: draft.schedule } : body)];
  };
  // Nothing is to be made beside a flow that may be there already.
  if (made.flow) {
    await make(needed.at(-1), made.flow.pending?.body, made.flow.from).catch((error) => { if (made.flow) throw error; });
    if (made.flow) return { flow: made.flow.id, isFormer: needed.some((thing) => made[thing.key]?.from !== parts(thing)[1]) };
  }
  for (const thing of needed) await make(thing, ...parts(thing));
  return { flow: made.flow.id, isFormer: false };
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

function encryptionOf({ encryption }) {
  if (!encryption) return [];
  const signer = encryption.signer ? { signVerificationKeyId: encryption.signer.id } : {};
  return [{ name: 'Encryption', params: { publicKeyId: encryption.key.id, ...signer } }];
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
    transformations: [...(mappingId ? [{ name: 'Mapping', params: { mappingId, mappingVersion: 0 } }] : []), ...encryptionOf(draft.source)],
    scheduleParams: paramsOf(schedule, nowMs),
    options,
  };
  return flow.description.trim() ? { ...body, description: flow.description.trim() } : body;
}
