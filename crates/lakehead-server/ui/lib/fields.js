// The fields of a schema as a tree, from what the registry answers in a resolved form (`xed-full`, `xed-full-desc`).
//
//   fieldsOf(schema)     [{path, name, type, title, description, required, labels: [], identity, children: []}]
//       path        as mappings name their destinations: `person.name.firstName`, `emails[*].address`
//       type        of XDM: string, int, long, date-time, object, array …; `items` is the type of what is inside of arrays and maps
//       identity    null, or {namespace, primary}; labels and identities are there in answers with descriptors only
//       required    every row must have it (where its parent is there)
//       values      of an enum; format and pattern of strings
//   flatFields(fields)   the same without a tree, parents first; leavesOf(fields): those that take values
//   openFields(fields, fed)   required fields that none of the `fed` paths feeds, as [path]
//   typeText(field)      'array of string'
//   XDM_TYPES            [{name, title, schema}]: what a new field can be

const MAX_DEPTH = 24;
// What systems fill in about a record: nobody looks for it first.
const LAST = new Set(['repositoryCreatedBy', 'repositoryLastModifiedBy', 'createdByBatchID', 'modifiedByBatchID', '_repo']);

export const XDM_TYPES = [
  { name: 'string', title: 'Text', schema: { type: 'string' } },
  { name: 'boolean', title: 'True or false', schema: { type: 'boolean' } },
  { name: 'int', title: 'Whole number, 32 bits', schema: { type: 'integer', minimum: -2147483648, maximum: 2147483647 } },
  { name: 'long', title: 'Whole number, 64 bits', schema: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 } },
  { name: 'number', title: 'Number with decimals', schema: { type: 'number' } },
  { name: 'date', title: 'Date', schema: { type: 'string', format: 'date' } },
  { name: 'date-time', title: 'Date and time', schema: { type: 'string', format: 'date-time' } },
];

export function fieldsOf(schema) {
  const marks = marksOf(schema?.['meta:descriptors'] ?? []);
  const fields = membersOf(schema ?? {}, '', '', marks, 0);
  return [...fields.filter((field) => !LAST.has(field.name)), ...fields.filter((field) => LAST.has(field.name))];
}

export const flatFields = (fields) => fields.flatMap((field) => [field, ...flatFields(field.children)]);
export const leavesOf = (fields) => flatFields(fields).filter((field) => field.children.length === 0);

export const typeText = (field) => (field.items ? `${field.type} of ${field.items}` : field.type);

// A required field that is inside of something optional is open only once something beside it is fed.
export function openFields(fields, fed) {
  const paths = fed.map((path) => path.replace(/\[\d+\]/g, '[*]'));
  const isFed = (path) => paths.some((one) => one === path || one.startsWith(`${path}.`) || one.startsWith(`${path}[`) || path.startsWith(`${one}.`) || path.startsWith(`${one}[`));
  const open = (members) => members.flatMap((field) => {
    if (field.required && !isFed(field.path)) return [field.path];
    if (!field.children.length || paths.includes(field.path) || !isFed(field.path)) return [];
    return open(field.children);
  });
  return open(fields);
}

// The members of an object, or of the objects in an array; `pointer` is the path as descriptors write it.
function membersOf(node, path, pointer, marks, depth) {
  const properties = node.properties;
  if (!properties || typeof properties !== 'object' || depth > MAX_DEPTH) return [];
  const required = new Set(Array.isArray(node.required) ? node.required : []);
  return Object.entries(properties).filter(([, member]) => member && typeof member === 'object').map(([name, member]) => {
    const at = { path: path ? `${path}.${name}` : name, pointer: `${pointer}/${name}` };
    const type = typeOf(member);
    const inside = type === 'array' ? member.items ?? {} : member;
    const below = type === 'array' ? `${at.path}[*]` : at.path;
    const mark = marks.get(at.pointer);
    return {
      path: at.path,
      name,
      type,
      items: itemsOf(member, type),
      title: typeof member.title === 'string' ? member.title : '',
      description: typeof member.description === 'string' ? member.description : '',
      required: required.has(name),
      labels: mark?.labels ?? [],
      identity: mark?.identity ?? null,
      values: Array.isArray(member.enum) ? member.enum.map(String) : [],
      format: member.format ?? '',
      pattern: member.pattern ?? '',
      children: type === 'map' ? [] : membersOf(inside, below, at.pointer, marks, depth + 1),
    };
  });
}

function typeOf(member) {
  const named = member['meta:xdmType'];
  if (typeof named === 'string' && named) return named;
  if (member.type === 'string' && ['date', 'date-time'].includes(member.format)) return member.format;
  if (member.type === 'integer') return 'int';
  if (member.type === 'object' && !member.properties && member.additionalProperties) return 'map';
  if (typeof member.type === 'string') return member.type;
  return member.properties ? 'object' : 'any';
}

function itemsOf(member, type) {
  const inside = type === 'array' ? member.items : type === 'map' ? member.additionalProperties : null;
  return inside && typeof inside === 'object' ? typeOf(inside) : null;
}

function marksOf(descriptors) {
  const marks = new Map();
  for (const one of descriptors) {
    const pointers = [one['xdm:sourceProperty']].flat().filter((pointer) => typeof pointer === 'string');
    for (const pointer of pointers) {
      const mark = marks.get(pointer) ?? { labels: [], identity: null };
      if (one['@type'] === 'xdm:descriptorIdentity') mark.identity = { namespace: one['xdm:namespace'], primary: Boolean(one['xdm:isPrimary']) };
      if (one['@type'] === 'xdm:descriptorLabel') mark.labels = [...new Set([...mark.labels, ...(one['xdm:labels'] ?? [])])];
      marks.set(pointer, mark);
    }
  }
  return marks;
}
