// A table of data.
//   columns    [{key, title, render(row), sort: 'name' (what the server orders by), align: 'end', wide: true}]
//   rows       undefined while nothing is known yet; rowKey(row); rowHref(row) makes the first column a link
//   sort, onSort   {by, descending}: the server orders, the table only asks
//   selection, onSelection   a Set of keys; with it rows have boxes
//   loading, error, onRetry, empty (what is shown without rows)
//   more, onMore, loadingMore   further pages by the server's `next`
//   label      what the table is, for readers of screens
// More than 200 rows are drawn only where they are in sight.
import { Button } from './button.js';
import { EmptyState } from './empty_state.js';
import { ErrorBox } from './error_box.js';
import { Icon } from './icon.js';
import { classes, html, useRef, useState } from '../lib/html.js';

const SKELETON_ROWS = 6;
const VIRTUAL_FROM = 200;
// As in style/table.css.
const ROW_PX = 41;
const AROUND = 10;
// The rows that are drawn change when so many have gone by, not with each pixel.
const STEP_PX = 5 * ROW_PX;

export function DataTable(props) {
  const { columns, rows, label, loading, error, onRetry, empty, more, onMore, loadingMore } = props;
  const box = useRef(null);
  const [top, setTop] = useState(0);
  if (error && !rows) return html`<${ErrorBox} error=${error} onRetry=${onRetry} />`;
  if (rows?.length === 0 && !loading) return empty ?? html`<${EmptyState} title="Nothing here">There is nothing to show.<//>`;
  const virtual = rows?.length > VIRTUAL_FROM;
  const height = box.current?.clientHeight || 600;
  const first = virtual ? Math.max(0, Math.floor(top / ROW_PX) - AROUND) : 0;
  const last = virtual ? Math.min(rows.length, Math.ceil((top + STEP_PX + height) / ROW_PX) + AROUND) : rows?.length;
  const width = columns.length + (props.selection ? 1 : 0);
  return html`
    <div class="table-part">
      ${error && html`<${ErrorBox} error=${error} onRetry=${onRetry} />`}
      <div class=${classes('table-box', virtual && 'virtual', loading && rows && 'stale')} ref=${box} tabindex="0" role="region" aria-label=${label}
        onScroll=${virtual ? (event) => setTop(Math.floor(event.target.scrollTop / STEP_PX) * STEP_PX) : undefined}>
        <table aria-rowcount=${virtual ? rows.length + 1 : undefined} aria-busy=${loading ? 'true' : undefined}>
          <caption class="sr">${label}</caption>
          <${Head} ...${props} />
          <tbody>
            ${!rows && Array.from({ length: SKELETON_ROWS }, () => html`<tr aria-hidden="true">${columns.map(() => html`<td><span class="skeleton"></span></td>`)}</tr>`)}
            ${first > 0 && html`<${Gap} rows=${first} width=${width} />`}
            ${rows?.slice(first, last).map((row, at) => html`<${Row} key=${props.rowKey(row)} row=${row} index=${virtual ? first + at + 2 : undefined} ...${props} />`)}
            ${virtual && last < rows.length && html`<${Gap} rows=${rows.length - last} width=${width} />`}
          </tbody>
        </table>
      </div>
      ${more && html`<p class="table-more"><${Button} busy=${loadingMore} onClick=${onMore}>Show more<//><span class="hint">${rows.length} shown</span></p>`}
    </div>
  `;
}

function Head({ columns, rows, sort, onSort, selection, onSelection, rowKey }) {
  const all = rows?.length > 0 && rows.every((row) => selection?.has(rowKey(row)));
  const change = () => onSelection(all ? new Set() : new Set(rows.map(rowKey)));
  return html`
    <thead><tr>
      ${selection && html`<th class="box"><input type="checkbox" aria-label="Select all rows" checked=${all} onChange=${change} /></th>`}
      ${columns.map((column) => {
        const sorted = column.sort && sort?.by === column.sort;
        const direction = sorted ? (sort.descending ? 'descending' : 'ascending') : undefined;
        return html`<th scope="col" class=${classes(column.align === 'end' && 'end', column.wide && 'wide')} aria-sort=${direction}>
          ${column.sort && onSort
            ? html`<button type="button" onClick=${() => onSort({ by: column.sort, descending: sorted ? !sort.descending : false })}>${column.title}<span class=${classes('sort', direction)}><${Icon} name="chevron" /></span></button>`
            : column.title}
        </th>`;
      })}
    </tr></thead>
  `;
}

function Row({ row, index, columns, rowKey, rowHref, selection, onSelection }) {
  const key = rowKey(row);
  const selected = selection?.has(key);
  const change = () => {
    const next = new Set(selection);
    if (!next.delete(key)) next.add(key);
    onSelection(next);
  };
  const href = rowHref?.(row);
  return html`
    <tr aria-rowindex=${index} class=${selected ? 'selected' : undefined}>
      ${selection && html`<td class="box"><input type="checkbox" aria-label=${`Select ${key}`} checked=${selected} onChange=${change} /></td>`}
      ${columns.map((column, at) => {
        const inside = column.render ? column.render(row) : row[column.key] ?? '–';
        return html`<td class=${classes(column.align === 'end' && 'end', column.wide && 'wide')} title=${column.wide && typeof inside === 'string' ? inside : undefined}>${at === 0 && href ? html`<a class="row-link" href=${href}>${inside}</a>` : inside}</td>`;
      })}
    </tr>
  `;
}

const Gap = ({ rows, width }) => html`<tr aria-hidden="true" class="gap"><td colspan=${width} style=${{ height: `${rows * ROW_PX}px` }}></td></tr>`;
