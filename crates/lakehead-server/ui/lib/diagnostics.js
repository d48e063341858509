// The rejected rows of a batch, by the Data Access API. What is in them comes from strangers' files: text, nothing else.
import { call, EXPORT } from './api.js';
import { save } from './download.js';

const meta = (batch) => `${EXPORT}/batches/${encodeURIComponent(batch)}/meta`;

// [{code, message, column, file, row, raw}]: the first rows that the server keeps as a sample.
export async function samplesOf(batch, signal) {
  const text = await call('GET', meta(batch), { query: { path: 'row_error_samples.json' }, signal });
  return String(text ?? '').split('\n').filter(Boolean).flatMap(sampleOf);
}

// The same rows with their columns alone, as a mapping takes them; those that could not be read at all have none.
export async function rejectedRowsOf(batch, signal) {
  const text = await call('GET', meta(batch), { query: { path: 'row_error_samples.json' }, signal });
  const rows = String(text ?? '').split('\n').filter(Boolean).map(parsed).filter((row) => row && row._corrupt_record === undefined);
  return rows.map(({ _errors, _filename, _row, ...columns }) => columns);
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function sampleOf(line) {
  const row = parsed(line);
  if (!row) return [];
  const { _errors = [], _filename, _row, _corrupt_record: corrupt, ...columns } = row;
  const raw = corrupt === undefined ? JSON.stringify(columns) : String(corrupt);
  return _errors.map(({ code, message, column }) => ({ code, message, column, file: _filename, row: _row, raw }));
}

// [{name, length}]: the files with all rejected rows.
export async function filesOfErrors(batch, signal) {
  return (await call('GET', meta(batch), { query: { path: 'row_errors' }, signal })).data ?? [];
}

// Fetches one of them with the token and saves it: a plain link could not send the token.
export async function download(batch, name) {
  const content = await call('GET', meta(batch), { query: { path: `row_errors/${name}` } });
  save(content, `${batch}-${name}`);
}

// The paths of all files of a batch; the run itself names only the first hundred.
export async function inputFilesOf(batch, signal) {
  const text = await call('GET', meta(batch), { query: { path: 'input_files/fileMetaData1.json' }, signal });
  return String(text ?? '').split('\n').filter(Boolean).map((line) => JSON.parse(line).path);
}
