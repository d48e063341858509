// <Preview source preview file none />: the first rows as they were read, with the names and types of the columns.
import { adviceFor } from './dialect.js';
import { DataTable } from '../../components/data_table.js';
import { EmptyState } from '../../components/empty_state.js';
import { ErrorBox } from '../../components/error_box.js';
import { plural } from '../../lib/format.js';
import { html } from '../../lib/html.js';

const LONGEST_VALUE = 200;

export function Preview({ source, preview, file, none }) {
  if (!file) return html`<${EmptyState} icon="table" title="Nothing to preview yet">${none ?? 'Choose a file, a folder with files, or a pattern that matches one.'}<//>`;
  const { data, error, loading, reload } = preview;
  if (error && !loading) return html`<${ErrorBox} error=${{ ...error, title: error.status === 400 ? 'The file cannot be read like this' : error.title, advice: adviceFor(error, source) || error.advice }} onRetry=${reload} />`;
  const columns = data?.schema.columns ?? [];
  const rows = data?.data?.map((values, at) => ({ at, values }));
  const empty = html`<${EmptyState} icon="table" title="No rows">${whyNone(source, columns)}<//>`;
  return html`
    <${DataTable} label="Rows of the file" loading=${loading} rows=${rows} rowKey=${(row) => row.at} columns=${columnsOf(columns)} empty=${empty} />
    <p class="hint" role="status">${rows && !loading ? `The first ${plural(rows.length, 'row')} with ${plural(columns.length, 'column')}.` : 'Reading…'}</p>
  `;
}

function whyNone({ format }, columns) {
  if (!columns.length) return 'The file is empty.';
  if (format !== 'delimited') return 'The file has no rows.';
  return `Nothing follows the header, or no row has as many fields as it (${columns.length}): look at delimiter and quote.`;
}

function columnsOf(columns) {
  const waiting = Array.from({ length: 4 }, (_, at) => ({ key: `w${at}`, title: html`<span class="skeleton-head">…</span>`, render: () => '' }));
  if (!columns.length) return waiting;
  return columns.map((column, at) => ({
    key: `c${at}`,
    title: html`<span class="column-name">${column.name}</span> <span class="column-type">${column['meta:xdmType'] ?? column.type}</span>`,
    render: (row) => valueOf(row.values[column.name]),
  }));
}

function valueOf(value) {
  if (value === null || value === undefined) return html`<span class="hint">null</span>`;
  if (value === '') return html`<span class="hint">empty</span>`;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
