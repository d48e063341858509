// A new dataset: its name, and a schema proposed from the data, composed of parts, or one that is there.
// `prepared(draft, dataset, keep)` makes what has to be there before the mapping (field group and schema) and answers the change of
// the draft; `keep({making, made})` is told how far it came. The dataset itself is made at the end.
import { ComposedSchema } from './schema_composed.js';
import { ExistingSchema } from './schema_existing.js';
import { ProposedSchema } from './schema_proposed.js';
import { Card } from '../../components/card.js';
import { Chips } from '../../components/chips.js';
import { Input } from '../../components/input.js';
import { html } from '../../lib/html.js';
import { propertiesOf, rulesFor, wrongNames } from '../../lib/proposal.js';
import { createFieldGroup, createSchema, takeBack, tenantId } from '../../lib/registry.js';

const WAYS = [['proposed', 'Proposed from the data'], ['composed', 'Composed of field groups'], ['existing', 'Existing schema']];

export function NewDataset({ dataset, form, onChange }) {
  const part = { proposed: ProposedSchema, composed: ComposedSchema, existing: ExistingSchema }[form.schema];
  const set = (partial) => onChange({ form: partial });
  return html`
    <${Card} title="Dataset" level=${3}><div class="form">
      <${Input} label="Name of the dataset" required value=${dataset.name} onInput=${(name) => onChange({ name })} autocomplete="off" />
      <${Input} label="Description of the dataset" optional value=${dataset.description} onInput=${(description) => onChange({ description })} autocomplete="off" />
    </div><//>
    <${Card} title="Schema" level=${3}>
      <${Chips} label="Schema" value=${form.schema} onChange=${(schema) => set({ schema })} options=${WAYS} />
      ${form.schema !== 'existing' && html`<div class="form"><${Input} label="Title of the schema" value=${form.title} placeholder=${dataset.name} onInput=${(title) => set({ title })} autocomplete="off" help="Titles are unique in the organisation. Left empty, it is the name of the dataset." /></div>`}
      <${part} form=${form} onChange=${set} />
    <//>
  `;
}

export async function prepared(draft, dataset, keep) {
  const { form } = dataset;
  if (form.mode === 'existing') {
    const same = draft.dataset?.id === dataset.id && draft.mapping?.schemaId === dataset.schemaId;
    return { dataset: { ...dataset, isNew: false }, mapping: same ? draft.mapping : fresh(draft, dataset.schemaId) };
  }
  const { id, ...rest } = dataset;
  if (form.schema === 'existing') return { dataset: { ...rest, isNew: true, schemaId: form.schemaId }, mapping: fresh(draft, form.schemaId) };
  const title = form.title.trim() || dataset.name.trim();
  const wanted = JSON.stringify(form.schema === 'proposed' ? [title, form.classId, form.proposal] : [title, form.classId, form.groupIds]);
  // What was made of the same choices is taken again: titles are unique.
  if (form.made?.wanted === wanted) return { dataset: { ...rest, isNew: true, schemaId: form.made.schemaId }, mapping: draft.mapping?.schemaId === form.made.schemaId ? draft.mapping : { schemaId: form.made.schemaId, rules: form.made.rules } };
  // Before anything of other choices is taken back.
  if (form.schema === 'proposed') refuseWrongNames(form.proposal);
  const parts = await partsFor(wanted, form.making, keep);
  const { schemaId, rules } = form.schema === 'proposed' ? await makeProposed(title, form, parts) : { schemaId: await createSchema({ title, classId: form.classId, groupIds: form.groupIds }, parts('schema')), rules: [] };
  return { dataset: { ...rest, isNew: true, schemaId, form: { ...form, making: parts.making(), made: { wanted, schemaId, rules } } }, mapping: { schemaId, rules } };
}

// What was made of other choices goes first, schema before field group: titles are unique. Then it is not there to be taken again.
async function partsFor(wanted, before, keep) {
  let making = before ?? {};
  const part = (name) => ({ state: making[name], keep: (state) => {
    making = { ...making, [name]: state };
    keep({ making, made: null });
  } });
  if (before && before.wanted !== wanted) {
    await takeBack('schemas', part('schema'));
    await takeBack('fieldgroups', part('group'));
  }
  making = { ...making, wanted };
  return Object.assign(part, { making: () => making });
}

// Rules are kept as long as the schema is the same.
const fresh = (draft, schemaId) => (draft.mapping?.schemaId === schemaId ? draft.mapping : { schemaId, rules: [] });

function refuseWrongNames(proposal) {
  const wrong = [...wrongNames(proposal)][0];
  if (wrong) throw Object.assign(new Error(`The field for the column “${wrong[0]}”: ${wrong[1]}`), { title: 'A name has to be corrected' });
}

async function makeProposed(title, form, parts) {
  const tenant = await tenantId();
  const group = await createFieldGroup({ title: `${title} fields`, classId: form.classId, ...propertiesOf(form.proposal) }, parts('group'));
  const schemaId = await createSchema({ title, classId: form.classId, groupIds: [group] }, parts('schema'));
  return { schemaId, rules: rulesFor(form.proposal, tenant) };
}
