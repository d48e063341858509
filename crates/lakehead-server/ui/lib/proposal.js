// A schema proposed from data: which fields columns become, with types told from the preview or from the values.
//
//   proposalOf(sample)          [{column, name, type, title, required, take, nested}], in the order of the columns
//   propertiesOf(proposal)      {properties, required} for the registry
//   rulesFor(proposal, tenant)  the mapping that goes with it
//   wrongNames(proposal)        Map of columns to what is wrong with the names of their fields
import { XDM_TYPES } from './fields.js';
import { sourceText } from './paths.js';
import { columnsOf, rowsOf } from './sample.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const LONGEST_NAME = 64;

export function proposalOf(sample) {
  const rows = rowsOf(sample);
  const used = new Set();
  return columnsOf(sample).map((column) => {
    const values = rows.map((row) => row[column.name]).filter((value) => value !== null && value !== undefined && value !== '');
    const known = typeOfColumn(column);
    const nested = ['object', 'array', 'map'].includes(known) ? column.xdm : null;
    const type = nested ? known : known === 'string' ? typeOfValues(values) : known;
    const full = rows.length > 0 && values.length === rows.length;
    return { column: column.name, name: unique(nameOf(column.name), used), type, required: false, take: true, nested, example: values[0], full };
  });
}

const typeOfColumn = (column) => {
  const xdm = column.xdm ?? { type: column.type };
  const named = column['meta:xdmType'] ?? xdm['meta:xdmType'] ?? (xdm.format === 'date' || xdm.format === 'date-time' ? xdm.format : xdm.type);
  if (named === 'integer' || named === 'byte' || named === 'short') return named === 'integer' ? 'long' : 'int';
  return named || 'string';
};

// Numbers with leading zeros are codes; whole numbers are long, because a sample does not show the largest one.
const KINDS = [
  ['boolean', (text) => /^(true|false)$/i.test(text)],
  ['long', (text) => /^-?(0|[1-9]\d{0,17})$/.test(text)],
  ['number', (text) => /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)],
  ['date', (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && isDay(text)],
  ['date-time', (text) => /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?$/.test(text) && isDay(text.slice(0, 10))],
];
const isDay = (text) => new Date(`${text}T00:00:00Z`).toJSON?.()?.slice(0, 10) === text;

function typeOfValues(values) {
  const texts = values.map((value) => String(value).trim());
  return (texts.length && KINDS.find(([, fits]) => texts.every(fits))?.[0]) || 'string';
}

// Names of fields have letters, digits, `_` and `-`: 'First name' becomes firstName.
export function nameOf(column) {
  const plain = column.normalize('NFKD').replace(/[\u0300-\u036f]/g, '');
  if (NAME.test(plain) && plain.length <= LONGEST_NAME) return plain;
  const words = plain.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const joined = words.map((word, at) => (at === 0 ? word[0].toLowerCase() + word.slice(1) : word[0].toUpperCase() + word.slice(1))).join('');
  return joined.slice(0, LONGEST_NAME) || 'column';
}

function unique(name, used) {
  let one = name;
  for (let count = 2; used.has(one); count += 1) one = `${name}${count}`;
  used.add(one);
  return one;
}

export function wrongNames(proposal) {
  const wrong = new Map();
  const seen = new Set();
  for (const field of proposal.filter((one) => one.take)) {
    if (!field.name) wrong.set(field.column, 'A name is needed.');
    else if (!NAME.test(field.name)) wrong.set(field.column, 'Only letters, digits, _ and -, with a letter or digit first.');
    else if (seen.has(field.name)) wrong.set(field.column, 'Another field has this name.');
    seen.add(field.name);
  }
  return wrong;
}

export function propertiesOf(proposal) {
  const taken = proposal.filter((one) => one.take);
  const entries = taken.map((one) => [one.name, { ...(one.nested ? plain(one.nested) : schemaOfType(one.type)), title: titleOf(one.column) }]);
  return { properties: Object.fromEntries(entries), required: taken.filter((one) => one.required).map((one) => one.name) };
}

const schemaOfType = (type) => XDM_TYPES.find((one) => one.name === type)?.schema ?? { type: 'string' };
// Control characters would not be taken as a title.
const titleOf = (column) => column.replace(/[\u0000-\u001f\u007f]/g, ' ').trim().slice(0, 200) || 'Column';

// What is inside of objects and arrays, with names that fields can have.
function plain(xdm) {
  const type = xdm['meta:xdmType'] ?? (xdm.format ?? xdm.type);
  if (xdm.type === 'array') return { type: 'array', items: plain(xdm.items ?? { type: 'string' }) };
  if (type === 'map') return { type: 'object', 'meta:xdmType': 'map', additionalProperties: plain(xdm.additionalProperties ?? { type: 'string' }) };
  if (xdm.properties) {
    const used = new Set();
    return { type: 'object', properties: Object.fromEntries(Object.entries(xdm.properties).map(([name, member]) => [unique(nameOf(name), used), { ...plain(member), title: titleOf(name) }])) };
  }
  if (xdm.type === 'integer') return schemaOfType('long');
  return schemaOfType(type === 'object' ? 'string' : type);
}

export function rulesFor(proposal, tenant) {
  return proposal.filter((one) => one.take).flatMap((one) => rulesOfField([one.column], `${tenant}.${one.name}`, one.nested ?? {}))
    .map(([steps, destination]) => ({ sourceType: 'ATTRIBUTE', source: sourceText(steps), destination }));
}

// An object is copied whole where the names inside are the same; otherwise each of its fields has a rule.
function rulesOfField(steps, destination, xdm) {
  const members = Object.entries(xdm.properties ?? {});
  if (!members.length || sameNames(xdm)) return [[steps, destination]];
  const used = new Set();
  return members.flatMap(([name, member]) => rulesOfField([...steps, name], `${destination}.${unique(nameOf(name), used)}`, member));
}

const sameNames = (xdm) => Object.entries(xdm.properties ?? {}).every(([name, member]) => nameOf(name) === name && sameNames(member.items ?? member));
