// Sample rows of a source, as explore shows them or as a person pasted them.
//
//   columnsOf(sample)     [{name, xdm}]; sample is {schema, rows} or an answer of explore ({schema, data})
//   rowsOf(sample)        the rows, as objects
//   rowsWithin(rows)      as many of them as fit into one trial of a mapping
//   columnsOfRows(rows)   columns with types told from values, where nothing else is known
//   firstValue(rows, path), shortText(value)   for showing
//   sampleOfSource(sourceConnection)   first rows of the file that a source connection selects first
import { call, FLOW } from './api.js';
import { folderOf, isPattern, segmentMatches } from './wildcard.js';
import { valueAt } from './paths.js';

const MOST_ROWS = 100;
// The trial takes 1 MiB; the mapping goes with it.
const MOST_BYTES = 600_000;

export const columnsOf = (sample) => {
  const columns = Array.isArray(sample?.schema) ? sample.schema : sample?.schema?.columns;
  return columns ?? columnsOfRows(rowsOf(sample));
};
export const rowsOf = (sample) => (sample?.rows ?? sample?.data ?? []).filter((row) => row && typeof row === 'object' && !Array.isArray(row));

export function rowsWithin(rows) {
  const kept = [];
  let bytes = 0;
  for (const row of rows.slice(0, MOST_ROWS)) {
    bytes += new Blob([JSON.stringify(row)]).size;
    if (bytes > MOST_BYTES) break;
    kept.push(row);
  }
  return kept;
}

export function columnsOfRows(rows) {
  const schema = schemaOf(rows.slice(0, MOST_ROWS), 0);
  return Object.entries(schema.properties ?? {}).map(([name, xdm]) => ({ name, xdm }));
}

function schemaOf(values, depth) {
  const known = values.filter((value) => value !== null && value !== undefined);
  if (depth > 20 || !known.length) return { type: 'string' };
  if (known.every(Array.isArray)) return { type: 'array', items: schemaOf(known.flat(), depth + 1) };
  if (known.every((value) => typeof value === 'object' && !Array.isArray(value))) {
    const names = [...new Set(known.flatMap((value) => Object.keys(value)))];
    return { type: 'object', properties: Object.fromEntries(names.map((name) => [name, schemaOf(known.map((value) => (Object.hasOwn(value, name) ? value[name] : null)), depth + 1)])) };
  }
  if (known.every((value) => typeof value === 'boolean')) return { type: 'boolean' };
  if (known.every((value) => Number.isSafeInteger(value))) return { type: 'integer', 'meta:xdmType': known.every((value) => Math.abs(value) < 2 ** 31) ? 'int' : 'long' };
  if (known.every((value) => typeof value === 'number')) return { type: 'number' };
  return { type: 'string' };
}

export const firstValue = (rows, path) => rows.map((row) => valueAt(row, path)).find((value) => value !== null && value !== undefined && value !== '');

export function shortText(value, most = 80) {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

// {schema, rows, file}; throws the ApiError of the storage.
export async function sampleOfSource(source, signal) {
  const explore = (query) => call('GET', `${FLOW}/connections/${source.baseConnectionId}/explore`, { query, signal });
  const path = await firstFile(explore, source.params ?? {});
  const properties = source.data?.properties ?? {};
  const declared = { fileType: source.data?.format?.replace('parquet_xdm', 'parquet'), ...pick({ ...source.params, ...properties }) };
  const shown = await explore({ objectType: 'file', object: path, preview: true, ...declared });
  return { schema: shown.schema, rows: shown.data ?? [], file: path };
}

const pick = ({ columnDelimiter, compressionType, encoding, header, quote, escape, nullMarker }) => ({ columnDelimiter, compressionType, encoding, header, quote, escape, nullMarker });

async function firstFile(explore, { path, type }) {
  if (type === 'file' && !isPattern(path)) return path;
  const pattern = isPattern(path) ? path.split('/').pop() : '*';
  let folder = isPattern(path) ? folderOf({ path, type }) : path;
  for (let depth = 0; depth < 8; depth += 1) {
    const entries = await explore({ objectType: 'folder', object: folder, limit: 200 });
    const file = entries.find((entry) => entry.type === 'file' && segmentMatches(pattern, entry.name));
    if (file) return file.path;
    const below = entries.find((entry) => entry.type === 'folder');
    if (!below) break;
    folder = below.path;
  }
  throw new Error('No file was found there to take sample rows from. Paste rows instead.');
}
