// The schema proposed from the sample: a field for each column, with its name, type and whether rows must have it.
import { Button } from '../../components/button.js';
import { EmptyState } from '../../components/empty_state.js';
import { Select } from '../../components/select.js';
import { XDM_TYPES } from '../../lib/fields.js';
import { classes, html, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { wrongNames } from '../../lib/proposal.js';
import { listed, tenantId } from '../../lib/registry.js';
import { shortText } from '../../lib/sample.js';

const STEP = 100;

export function ProposedSchema({ form, onChange }) {
  const [shown, setShown] = useState(STEP);
  const known = useLoad(load, []);
  const { proposal } = form;
  const wrong = wrongNames(proposal);
  const change = (at, partial) => onChange({ proposal: proposal.with(at, { ...proposal[at], ...partial }) });
  const all = proposal.every((one) => one.take);
  if (!proposal.length) return html`<${EmptyState} icon="table" title="There is no preview to propose from">Go back and choose a file that can be read, or compose a schema.<//>`;
  return html`
    <div class="form"><${Select} label="Class" value=${form.classId} options=${(known.data?.classes ?? [[form.classId, 'XDM Individual Profile']])} onChange=${(classId) => onChange({ classId })}
      help="What a row is about: records of persons and things, or events in time. Events must have _id and timestamp." /></div>
    <p class="hint">The fields are made below <code>${known.data?.tenant ?? '_tenant'}</code> in a field group of their own, and the columns are linked with them.</p>
    <div class="table-box proposal" tabindex="0" role="region" aria-label="Proposed fields">
      <table>
        <caption class="sr">Proposed fields</caption>
        <thead><tr>
          <th scope="col" class="box"><input type="checkbox" aria-label="Take all columns" checked=${all} onChange=${(event) => onChange({ proposal: proposal.map((one) => ({ ...one, take: event.target.checked })) })} /></th>
          <th scope="col">Column</th><th scope="col">Example</th><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Required</th>
        </tr></thead>
        <tbody>${proposal.slice(0, shown).map((one, at) => html`<${Row} key=${one.column} one=${one} wrong=${wrong.get(one.column)} onChange=${(partial) => change(at, partial)} />`)}</tbody>
      </table>
    </div>
    ${proposal.length > shown && html`<p class="table-more"><${Button} onClick=${() => setShown(shown + STEP)}>Show more<//><span class="hint">${shown} of ${proposal.length} columns</span></p>`}
  `;
}

function Row({ one, wrong, onChange }) {
  const types = one.nested || XDM_TYPES.some(({ name }) => name === one.type) ? XDM_TYPES : [...XDM_TYPES, { name: one.type, title: one.type }];
  const of = `of ${one.column}`;
  return html`
    <tr class=${one.take ? undefined : 'left-out'}>
      <td class="box"><input type="checkbox" aria-label=${`Take ${one.column}`} checked=${one.take} onChange=${(event) => onChange({ take: event.target.checked })} /></td>
      <td title=${one.column}>${one.column}</td>
      <td class="hint">${shortText(one.example, 32)}</td>
      <td class=${classes('field-cell', wrong && 'wrong')}><input aria-label=${`Name of the field ${of}`} value=${one.name} disabled=${!one.take} spellcheck="false" aria-invalid=${wrong ? 'true' : undefined} title=${wrong}
        onInput=${(event) => onChange({ name: event.target.value.trim() })} />${wrong && html`<span class="field-error">${wrong}</span>`}</td>
      <td>${one.nested ? html`<span class="hint">${one.type}, as it is</span>` : html`
        <select aria-label=${`Type ${of}`} value=${one.type} disabled=${!one.take} onChange=${(event) => onChange({ type: event.target.value })}>${types.map((type) => html`<option value=${type.name}>${type.title}</option>`)}</select>`}</td>
      <td><label class="required-cell"><input type="checkbox" aria-label=${`Required: ${one.column}`} checked=${one.required} disabled=${!one.take} onChange=${(event) => onChange({ required: event.target.checked })} />${!one.full && html`<span class="hint" title="Some sample rows have no value here: they would be rejected">has gaps</span>`}</label></td>
    </tr>
  `;
}

async function load(signal) {
  const [own, standard, tenant] = await Promise.all([listed('tenant', 'classes', { signal }), listed('global', 'classes', { signal }), tenantId(signal)]);
  return { tenant, classes: [...own, ...standard].map((one) => [one.$id, one.title]).sort((a, b) => a[1].localeCompare(b[1])) };
}
