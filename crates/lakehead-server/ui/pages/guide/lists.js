// Tables and trees.
import { Card } from '../../components/card.js';
import { DataTable } from '../../components/data_table.js';
import { StateBadge } from '../../components/state_badge.js';
import { Time } from '../../components/time.js';
import { Tree } from '../../components/tree.js';
import { bytes, count } from '../../lib/format.js';
import { html, useMemo, useState } from '../../lib/html.js';

const COLUMNS = [
  { key: 'name', title: 'Name', sort: 'name', wide: true },
  { key: 'state', title: 'State', render: (row) => html`<${StateBadge} state=${row.state} />` },
  { key: 'rows', title: 'Rows', sort: 'rows', align: 'end', render: (row) => count(row.rows) },
  { key: 'size', title: 'Size', align: 'end', render: (row) => bytes(row.rows * 61) },
  { key: 'at', title: 'Changed', render: (row) => html`<${Time} ms=${row.at} />` },
];
const STATES = ['success', 'running', 'failed', 'partialSuccess'];
const made = (number) => Array.from({ length: number }, (_, at) => ({ id: at, name: `customers-${at}.csv`, state: STATES[at % 4], rows: (at * 7919) % 100_003, at: Date.now() - at * 3_600_000 }));
const FOLDERS = [
  { id: 'customers', label: 'customers', icon: 'folder', children: [{ id: 'customers/a.csv', label: 'a.csv', icon: 'file', leaf: true }, { id: 'customers/b.csv', label: 'b.csv', icon: 'file', leaf: true }] },
  { id: 'orders', label: 'orders (loaded when opened)', icon: 'folder' },
];

export function Lists() {
  const [sort, setSort] = useState({ by: 'name', descending: false });
  const [selection, setSelection] = useState(new Set([1]));
  const [file, setFile] = useState('customers/a.csv');
  const many = useMemo(() => made(100_000), []);
  const common = { columns: COLUMNS, rowKey: (row) => row.id, sort, onSort: setSort };
  const few = useMemo(() => made(4).sort((a, b) => (sort.descending ? -1 : 1) * (sort.by === 'rows' ? a.rows - b.rows : a.id - b.id)), [sort]);
  const load = async () => [{ id: 'orders/2026', label: '2026.json', icon: 'file', leaf: true }];
  return html`
    <${Card} title="Table with order, selection and pages">
      <${DataTable} ...${common} label="A few files" rows=${few} rowHref=${() => '/ui/components'} selection=${selection} onSelection=${setSelection} more onMore=${() => {}} />
    <//>
    <${Card} title="Table: loading, empty, failed">
      <${DataTable} ...${common} label="Files, loading" loading />
      <${DataTable} ...${common} label="No files" rows=${[]} />
      <${DataTable} ...${common} label="Files, failed" error=${new Error('the storage does not answer; check its address')} onRetry=${() => {}} />
    <//>
    <${Card} title="Table with 100,000 rows"><${DataTable} ...${common} label="Many files" rows=${many} /><//>
    <${Card} title="Tree"><${Tree} label="Folders" nodes=${FOLDERS} opened=${['customers']} load=${load} selected=${file} onSelect=${(node) => setFile(node.id)} /><//>
  `;
}
