// The first rows of the newest files, with a column for each field that has a value.
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { CodeBlock } from '../../components/code_block.js';
import { DataTable } from '../../components/data_table.js';
import { EmptyState } from '../../components/empty_state.js';
import { Search, Toolbar } from '../../components/toolbar.js';
import { call, EXPORT } from '../../lib/api.js';
import { count, plural } from '../../lib/format.js';
import { html, useMemo, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { path } from '../../lib/router.js';

const MOST_COLUMNS = 60;
const LONGEST = 120;

export function Preview({ id, rows: total }) {
  const { data, error, loading, reload } = useLoad(async (signal) => (await call('GET', `${EXPORT}/datasets/${id}/preview`, { signal })).data, [id]);
  const [find, setFind] = useState('');
  const [shown, setShown] = useState(null);
  const { rows, fields } = useMemo(() => table(data), [data]);
  const wanted = fields.filter((field) => field.toLowerCase().includes(find.trim().toLowerCase()));
  const columns = [
    { key: 'row', title: 'Row', render: (row) => html`<button type="button" class="link" aria-label=${`Show row ${row.at} whole`} onClick=${() => setShown(row)}>${row.at}</button>` },
    ...wanted.slice(0, MOST_COLUMNS).map((field) => ({ key: field, title: html`<${Heading} field=${field} />`, render: (row) => html`<${Cell} value=${row.cells.get(field)} />` })),
  ];
  const empty = html`<${EmptyState} icon="table" title="No rows yet" action=${html`<${Button} primary href=${path('/sources')}>Add data from a source<//>`}>Rows are here as soon as a batch has landed. See the batches for what happened to those that did not.<//>`;
  return html`
    <div class="stack long-table">
      <${Toolbar}>
        <${Search} label="Search columns" value=${find} onInput=${setFind} />
        <p class="hint">${rows ? `${plural(rows.length, 'row')} of ${total == null ? '…' : count(total)}, from the newest files. ${plural(wanted.length, 'column')} with values${wanted.length > MOST_COLUMNS ? `; the first ${MOST_COLUMNS} are shown, search for others` : ''}.` : 'Reading the newest files…'}</p>
      <//>
      <${DataTable} label="Preview of rows" columns=${columns.length > 1 || rows ? columns : WAITING} rows=${rows} rowKey=${(row) => row.at} loading=${loading} error=${error} onRetry=${reload} empty=${empty} />
      <${Dialog} wide open=${shown !== null} title=${`Row ${shown?.at}`} onClose=${() => setShown(null)}>
        ${shown && html`<${CodeBlock} label=${`Row ${shown.at} as JSON`} text=${JSON.stringify(shown.whole, null, 2)} />`}
      <//>
    </div>
  `;
}

const WAITING = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => ({ key, title: ' ' }));

// `person.name.lastName`: where it is stands small above its name.
function Heading({ field }) {
  const at = field.lastIndexOf('.');
  return html`<span class="column-head" title=${field}><span class="hint">${at < 0 ? ' ' : field.slice(0, at)}</span><span>${field.slice(at + 1)}</span></span>`;
}

export function Cell({ value }) {
  if (value === undefined || value === null) return html`<span class="hint" aria-label="no value">–</span>`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const look = typeof value === 'number' ? 'number' : typeof value === 'object' ? 'mono' : undefined;
  return html`<span class=${look} title=${text.length > 40 ? text.slice(0, 1000) : undefined}>${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}</span>`;
}

function table(data) {
  if (!data) return { rows: undefined, fields: [] };
  const fields = new Set();
  const rows = data.map((whole, index) => {
    const cells = new Map();
    flatten(whole, '', cells);
    cells.forEach((value, field) => value !== null && fields.add(field));
    return { at: index + 1, whole, cells };
  });
  return { rows, fields: [...fields].sort((a, b) => (b === '_id') - (a === '_id')) };
}

function flatten(value, at, cells) {
  if (value && typeof value === 'object' && !Array.isArray(value)) {
    for (const [name, inner] of Object.entries(value)) flatten(inner, at ? `${at}.${name}` : name, cells);
  } else cells.set(at, value);
}
