// A schema that is there, with its fields in sight.
import { ChoiceList } from './choice_list.js';
import { ErrorBox } from '../../components/error_box.js';
import { FieldTree } from '../../components/field_tree.js';
import { fieldsOf } from '../../lib/fields.js';
import { html, useMemo, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { classTitles, listed, resolved } from '../../lib/registry.js';

export function ExistingSchema({ form, onChange }) {
  const [search, setSearch] = useState('');
  const [shown, setShown] = useState(20);
  const { data, error, loading, reload } = useLoad(load, []);
  const fits = data?.filter((one) => one.title.toLowerCase().includes(search.trim().toLowerCase()));
  return html`
    <div class="columns">
      <${ChoiceList} label="Schemas" searchLabel="Search schemas" search=${search} onSearch=${setSearch} items=${fits?.slice(0, shown)} chosen=${form.schemaId} loading=${loading} error=${error} onRetry=${reload}
        more=${fits?.length > shown} onMore=${() => setShown(shown + 20)} empty="No schema fits. Have one proposed from the data, or compose one." onChoose=${(one) => onChange({ schemaId: one.id })} />
      ${form.schemaId ? html`<${SchemaFields} id=${form.schemaId} />` : html`<p class="hint">Choose a schema to see its fields.</p>`}
    </div>
  `;
}

async function load(signal) {
  const [schemas, classes] = await Promise.all([listed('tenant', 'schemas', { signal }), classTitles(signal)]);
  return schemas.map((one) => ({ id: one.$id, title: one.title, text: one.description === one.title ? '' : one.description, hint: classes.get(one['meta:class']) ?? '' }));
}

export function SchemaFields({ id }) {
  const { data, error, reload } = useLoad((signal) => resolved(id, { signal }), [id]);
  const fields = useMemo(() => (data ? fieldsOf(data) : []), [data]);
  if (error) return html`<${ErrorBox} error=${error} onRetry=${reload} />`;
  return data ? html`<${FieldTree} label=${`Fields of ${data.title}`} fields=${fields} />` : html`<p class="hint" role="status">Loading the fields …</p>`;
}
