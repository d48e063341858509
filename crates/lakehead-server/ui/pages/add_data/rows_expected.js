// How many rows the files of a first run have.
//
//   rowsExpected(account, source, found, signal)   {rows, isExact, samples} or null where nothing can be said; `found` is that of planned.js
//   estimated(found, counts)                       the same from counts of some of the files: [{rows, isExact, sizeBytes}]
//
// The server counts rows of a file (Parquet tells them, short files are read whole) or estimates them from its beginning, as it
// is stored, so that compression does not matter. Files that were not looked at are taken to have as many rows for their size.
import { queryOf } from './dialect.js';
import { call, FLOW } from '../../lib/api.js';

const MOST_SAMPLES = 3;

export async function rowsExpected(account, source, found, signal) {
  // Nobody sees into encrypted files without their key.
  if (source.encryption || !found.paths.length) return null;
  const counts = [];
  for (const path of spread(found.paths)) {
    const query = { ...queryOf({ ...source, declared: Boolean(source.format) }, path), preview: undefined, rowCount: true };
    // A file that cannot be read has nothing to say about the others.
    const { rowCount } = await call('GET', `${FLOW}/connections/${account}/explore`, { query, signal }).catch((error) => {
      if (error.name === 'AbortError') throw error;
      return {};
    });
    if (rowCount) counts.push(rowCount);
  }
  return estimated(found, counts);
}

export function estimated(found, counts) {
  if (!counts.length) return null;
  const sum = (name) => counts.reduce((total, one) => total + one[name], 0);
  const [rows, size] = [sum('rows'), sum('sizeBytes')];
  const samples = counts.length;
  if (found.complete && samples === found.files && counts.every((one) => one.isExact)) return { rows, isExact: true, samples };
  if (found.bytes === null || size === 0) return null;
  return { rows: rounded(rows + (rows / size) * Math.max(0, found.bytes - size)), isExact: false, samples };
}

// Two digits: more would pretend to be known.
function rounded(rows) {
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, rows))) - 1);
  return Math.round(rows / digits) * digits;
}

// The first, the middle and the last.
function spread(paths) {
  if (paths.length <= MOST_SAMPLES) return paths;
  return Array.from({ length: MOST_SAMPLES }, (_, at) => paths[Math.round((at * (paths.length - 1)) / (MOST_SAMPLES - 1))]);
}
