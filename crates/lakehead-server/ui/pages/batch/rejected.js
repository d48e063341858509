// Rows that did not land: why, how many, a sample of them, and all of them as files.
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { DataTable } from '../../components/data_table.js';
import { Count } from '../../components/number.js';
import { call, EXPORT } from '../../lib/api.js';
import { bytes } from '../../lib/format.js';
import { download } from '../../lib/download.js';
import { html } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';

export function Rejected({ batch }) {
  const errors = batch.errors ?? [];
  const { data, error, reload } = useLoad((signal) => load(batch.id, signal), [batch.id]);
  if (errors.length === 0 && !data?.rows.length && !error) return html`<${Card} title="Errors"><p class="hint">No row was rejected and no file failed.</p><//>`;
  const columns = [
    { key: 'code', title: 'Code', render: (row) => html`<code>${row.code}</code>` },
    { key: 'description', title: 'What is wrong', wide: true, render: (row) => html`<span class="wrap">${row.description}</span>` },
    { key: 'recordCount', title: 'Rows', align: 'end', render: (row) => html`<${Count} value=${row.recordCount} />` },
  ];
  return html`
    <${Card} title="Errors" actions=${data?.files.map((file) => html`<${Button} key=${file.name} small icon="download" onClick=${() => download(`${EXPORT}/batches/${batch.id}/failed`, file.name, { query: { path: file.name } })}>${file.name} (${bytes(Number(file.length))})<//>`)}>
      <${DataTable} label="Errors" columns=${columns} rows=${errors.map((row, at) => ({ ...row, at }))} rowKey=${(row) => row.at} />
      ${(error || data?.rows.length > 0) && html`<h3>Rejected rows${data?.rows.length === 100 ? ', the first 100' : ''}</h3>
        <div class="long-table"><${DataTable} label="Rejected rows" columns=${SAMPLE} rows=${data?.rows} rowKey=${(row) => row.key} error=${error} onRetry=${reload} /></div>`}
    <//>
  `;
}

const SAMPLE = [
  { key: 'file', title: 'File' },
  { key: 'row', title: 'Row', align: 'end' },
  { key: 'column', title: 'Column' },
  { key: 'message', title: 'What is wrong', render: (row) => html`<span title=${row.message}>${row.message}</span>` },
  { key: 'text', title: 'The row', render: (row) => html`<code title=${row.text.slice(0, 2000)}>${row.text.slice(0, 200)}</code>` },
];

async function load(id, signal) {
  const [sample, files] = await Promise.all([
    call('GET', `${EXPORT}/batches/${id}/meta`, { query: { path: 'row_errors_sample.json' }, signal }).catch(orNothing('')),
    call('GET', `${EXPORT}/batches/${id}/failed`, { signal }).catch(orNothing({ data: [] })),
  ]);
  return { rows: String(sample ?? '').split('\n').filter(Boolean).map(rowOf), files: (files.data ?? []).filter((file) => Number(file.length) > 0) };
}

const orNothing = (nothing) => (error) => {
  if (error.status === 404) return nothing;
  throw error;
};

function rowOf(line, key) {
  let row;
  try {
    row = JSON.parse(line);
  } catch {
    return { key, file: '', row: '', column: '', message: '', text: line };
  }
  const { _errors: errors = [], _filename: file, _row: at, _corrupt_record: corrupt, ...rest } = row;
  return { key, file: file ?? '', row: at ?? '', column: errors[0]?.column ?? '–', message: errors.map((one) => one.message).join('; '), text: corrupt ?? JSON.stringify(rest) };
}
