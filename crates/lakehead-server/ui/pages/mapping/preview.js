// The sample rows as they would land, one column for each mapped field, with what is wrong in its cell.
import { EmptyState } from '../../components/empty_state.js';
import { Icon } from '../../components/icon.js';
import { plural } from '../../lib/format.js';
import { classes, html } from '../../lib/html.js';
import { valueAt } from '../../lib/paths.js';
import { shortText } from '../../lib/sample.js';

const SHOWN = 20;
const MOST_GROUPS = 8;

export function MappedRows({ rules, trial, open }) {
  if (!rules.length || !trial) return html`<${EmptyState} icon="table" title="Nothing to show yet">As soon as a field is mapped, the sample rows are shown as they would land.<//>`;
  const paths = rules.map((rule) => rule.destination);
  const rows = trial.slice(0, SHOWN);
  return html`
    ${open.length > 0 && html`<p class="notice">Every row would be rejected as long as ${open.length === 1 ? html`the required field <code>${open[0]}</code> is open` : `${open.length} required fields are open`}.</p>`}
    <${Groups} trial=${trial} />
    <div class="table-box mapped" tabindex="0" role="region" aria-label="Mapped rows">
      <table>
        <caption class="sr">Mapped rows</caption>
        <thead><tr><th scope="col" class="end">Row</th>${paths.map((path) => html`<th scope="col" key=${path} title=${path}>${path}</th>`)}</tr></thead>
        <tbody>${rows.map((row, at) => html`<${Row} key=${at} row=${row} number=${at + 1} paths=${paths} />`)}</tbody>
      </table>
    </div>
    ${trial.length > SHOWN && html`<p class="hint">${SHOWN} of ${trial.length} rows are shown; all of them were tried.</p>`}
  `;
}

function Row({ row, number, paths }) {
  return html`
    <tr class=${row.rejected ? 'rejected' : undefined}>
      <td class="end">${row.rejected ? html`<span class="cell-error" title="This row would be rejected"><${Icon} name="alert" /><span class="sr">rejected: </span>${number}</span>` : number}</td>
      ${paths.map((path) => {
        const error = row.errors.find((one) => one.destination === path || path.startsWith(`${one.destination}.`) || one.destination?.startsWith(`${path}.`));
        const value = valueAt(row.data, path);
        return html`<td key=${path} class=${classes(error && 'cell-wrong')} title=${error?.exception ?? shortText(value, 400)}>${error
          ? html`<span class="cell-error"><${Icon} name="alert" />${shortText(error.exception, 70)}</span>`
          : value === undefined || value === null ? html`<span class="hint">–</span>` : shortText(value)}</td>`;
      })}
    </tr>
  `;
}

// The same mistake in many rows is said once.
function Groups({ trial }) {
  const groups = groupsOf(trial);
  if (!groups.length) return null;
  return html`<ul class="error-groups">${groups.slice(0, MOST_GROUPS).map((group) => html`
    <li key=${group.text} class=${group.rejected ? 'says-bad' : 'says-warn'}><${Icon} name="alert" /><span><strong>${group.rejected ? `${plural(group.count, 'row')} rejected` : `Empty in ${plural(group.count, 'row')}`}</strong> ${group.text} <span class="hint">${group.count > 1 ? 'First in' : 'In'} row ${group.first}.</span></span></li>`)}
    ${groups.length > MOST_GROUPS && html`<li class="hint">and ${groups.length - MOST_GROUPS} more kinds</li>`}</ul>`;
}

export function groupsOf(trial) {
  const groups = new Map();
  trial.forEach((row, at) => row.errors.forEach((error) => {
    const key = `${row.rejected}/${error.exception}`;
    const group = groups.get(key) ?? { text: error.exception, rejected: row.rejected, count: 0, first: at + 1 };
    groups.set(key, { ...group, count: group.count + 1 });
  }));
  return [...groups.values()].sort((a, b) => b.rejected - a.rejected || b.count - a.count);
}
