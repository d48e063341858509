// The Schema Registry, as pages use it.
//
//   listed('tenant', 'schemas', {property})   everything of a kind that meets the conditions, up to MOST
//   useResources('tenant', 'schemas', query)  the same page by page, as useList of lib/load.js
//   resolved(id)                          a schema (or field group, class, data type) with all fields and descriptors in one tree
//   classTitles()                         Map of class ids to their titles
//   createSchema({title, description, classId, groupIds}, once)     the id of the new schema
//   createFieldGroup({title, classId, properties, required}, once)  its id; `properties` are put below the name of the tenant
//       `once` is {state, keep} of lib/once.js
//   takeBack(kind, once)                  takes away what was made so, as long as nothing refers to it
//   tenantId()                            the name below which fields of the organisation stand, with its underscore
import { all, call, CATALOG, REGISTRY } from './api.js';
import { useList } from './load.js';
import { makeOnce, posted, removed, takeBack as takenBack } from './once.js';

export const MOST = 2000;
const LIST = 'application/vnd.adobe.xed+json';
const FULL = 'application/vnd.adobe.xed-full-desc+json; version=1';

export const KINDS = [
  ['schemas', 'schema', 'Schemas'],
  ['fieldgroups', 'field group', 'Field groups'],
  ['classes', 'class', 'Classes'],
  ['datatypes', 'data type', 'Data types'],
];

export const registryOf = (resource) => (resource['meta:containerId'] === 'tenant' || /^_[^.]+\.(schemas|mixins|classes|datatypes|fieldgroups)\./.test(resource['meta:altId'] ?? '') ? resource['meta:containerId'] ?? 'tenant' : 'global');

export const listed = (container, kind, { signal, property } = {}) => all(`${REGISTRY}/${container}/${kind}`, { signal, query: { property, limit: 300, orderby: 'title' }, headers: { accept: LIST }, most: MOST });
export const useResources = (container, kind, query) => useList(`${REGISTRY}/${container}/${kind}`, { query, key: 'results', headers: { accept: LIST } });

// Ids of standard resources are in the other container: it is asked where the first does not know them.
export async function resolved(id, { kind = 'schemas', signal } = {}) {
  const get = (container) => call('GET', `${REGISTRY}/${container}/${kind}/${encodeURIComponent(id)}`, { signal, headers: { accept: FULL } });
  const containers = /^https:\/\/ns\.adobe\.com\/xdm\/|^_xdm\./.test(id) ? ['global', 'tenant'] : ['tenant', 'global'];
  try {
    return await get(containers[0]);
  } catch (error) {
    if (error.status !== 404) throw error;
    return get(containers[1]).catch((other) => { throw other.status === 404 ? error : other; });
  }
}

export async function classTitles(signal) {
  const classes = await Promise.all(['global', 'tenant'].map((container) => listed(container, 'classes', { signal })));
  return new Map(classes.flat().map((one) => [one['$id'], one.title]));
}

export async function tenantId(signal) {
  const stats = await call('GET', `${REGISTRY}/stats`, { signal });
  return `_${stats.tenantId}`;
}

const ref = (id) => ({ $ref: id });

const idOf = (made) => made['$id'];
const ways = (kind) => ({ send: posted(`${REGISTRY}/tenant/${kind}`, { headers: { accept: LIST }, idOf }), remove: removed(`${REGISTRY}/tenant/${kind}`) });
const make = (kind, body, { state, keep }) => makeOnce(state, keep, { body, ...ways(kind) });
export const takeBack = (kind, { state, keep }) => takenBack(state, keep, ways(kind));

export function createSchema({ title, description, classId, groupIds }, once) {
  const body = { title, description: description || title, type: 'object', allOf: [ref(classId), ...groupIds.map(ref)] };
  return make('schemas', body, once);
}

export async function createFieldGroup({ title, description, classId, properties, required = [] }, once) {
  const tenant = await tenantId();
  const below = { type: 'object', properties, ...(required.length ? { required } : {}) };
  const own = { properties: { [tenant]: below }, ...(required.length ? { required: [tenant] } : {}) };
  const body = { title, description: description || title, type: 'object', 'meta:intendedToExtend': [classId], definitions: { fields: own }, allOf: [{ $ref: '#/definitions/fields' }] };
  return make('fieldgroups', body, once);
}

// The datasets whose schema it is: [{id, name}].
export async function datasetsOf(schemaId, signal) {
  const found = await call('GET', `${CATALOG}/dataSets`, { signal, query: { property: `schemaRef.id==${schemaId}`, limit: 100, properties: 'name,schemaRef,created' } });
  return Object.entries(found ?? {}).map(([id, one]) => ({ id, ...one }));
}
