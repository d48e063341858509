// A schema composed of a class and field groups: what fits the class is offered, and the fields that come out are shown.
import { ErrorBox } from '../../components/error_box.js';
import { FieldTree } from '../../components/field_tree.js';
import { Select } from '../../components/select.js';
import { Search } from '../../components/toolbar.js';
import { fieldsOf, ordered } from '../../lib/fields.js';
import { plural } from '../../lib/format.js';
import { html, useMemo, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { listed, resolved } from '../../lib/registry.js';

export function ComposedSchema({ form, onChange }) {
  const [search, setSearch] = useState('');
  const { data, error, reload } = useLoad(load, []);
  const parts = useLoad((signal) => partsOf(form, signal), [form.classId, form.groupIds.join(' ')]);
  const fields = useMemo(() => ordered(merged((parts.data ?? []).map((part) => fieldsOf(part))), parts.data?.find((part) => part['meta:tenantNamespace'])?.['meta:tenantNamespace']), [parts.data]);
  if (error) return html`<${ErrorBox} error=${error} onRetry=${reload} />`;
  if (!data) return html`<p class="hint" role="status">Loading classes and field groups …</p>`;
  const groups = data.groups.filter((group) => fitsClass(group, form.classId));
  const shown = groups.filter((group) => `${group.title} ${group.description ?? ''}`.toLowerCase().includes(search.trim().toLowerCase()));
  const toggle = (id, on) => onChange({ groupIds: on ? [...form.groupIds, id] : form.groupIds.filter((one) => one !== id) });
  return html`
    <div class="columns">
      <div class="stack">
        <${Select} label="Class" value=${form.classId} options=${data.classes.map((one) => [one.$id, one.title])} help="What a row is about: records of persons and things, or events in time."
          onChange=${(classId) => onChange({ classId, groupIds: form.groupIds.filter((id) => fitsClass(data.groups.find((one) => one.$id === id), classId)) })} />
        <div class="choice">
          <${Search} label="Search field groups" value=${search} onInput=${setSearch} />
          <fieldset class="choice-list">
            <legend class="sr">Field groups</legend>
            ${shown.map((group) => html`
              <label key=${group.$id} class="choice-item">
                <input type="checkbox" checked=${form.groupIds.includes(group.$id)} onChange=${(event) => toggle(group.$id, event.target.checked)} />
                <span class="choice-title">${group.title}${group.description && group.description !== group.title && html` <span class="hint">${group.description}</span>`}</span>
              </label>`)}
            ${shown.length === 0 && html`<p class="hint choice-item">No field group of this class fits.</p>`}
          </fieldset>
          <p class="hint">${plural(form.groupIds.length, 'field group')} taken</p>
        </div>
      </div>
      <div>${parts.error ? html`<${ErrorBox} error=${parts.error} onRetry=${parts.reload} />` : html`<${FieldTree} label="Fields of the new schema" fields=${fields} />`}</div>
    </div>
  `;
}

async function load(signal) {
  const both = async (kind) => (await Promise.all(['tenant', 'global'].map((container) => listed(container, kind, { signal })))).flat();
  const [classes, groups] = await Promise.all([both('classes'), both('fieldgroups')]);
  const order = (a, b) => (a.title ?? '').localeCompare(b.title ?? '');
  return { classes: classes.sort(order), groups: groups.sort(order) };
}

const fitsClass = (group, classId) => Boolean(group) && (!(group['meta:intendedToExtend']?.length) || group['meta:intendedToExtend'].includes(classId));

const partsOf = (form, signal) => Promise.all([resolved(form.classId, { kind: 'classes', signal }), ...form.groupIds.map((id) => resolved(id, { kind: 'fieldgroups', signal }))]);

// Parts can have the same objects, with fields of their own inside.
function merged(trees) {
  const found = new Map();
  for (const field of trees.flat()) {
    const before = found.get(field.path);
    found.set(field.path, before ? { ...before, required: before.required || field.required, children: merged([before.children, field.children]) } : field);
  }
  return [...found.values()];
}
