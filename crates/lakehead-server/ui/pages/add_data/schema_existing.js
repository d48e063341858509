// A schema that is there, with its fields in sight.
import { ChoiceList } from './choice_list.js';
import { ErrorBox } from '../../components/error_box.js';
import { FieldTree } from '../../components/field_tree.js';
import { fieldsOf } from '../../lib/fields.js';
import { html, useMemo, useState } from '../../lib/html.js';
import { useLoad, useSettled } from '../../lib/load.js';
import { classTitles, resolved, useResources } from '../../lib/registry.js';
import { containing } from '../../lib/search.js';

const PAGE_ROWS = 20;

export function ExistingSchema({ form, onChange }) {
  const [search, setSearch] = useState('');
  const list = useResources('tenant', 'schemas', { property: containing('title', useSettled(search)), orderby: 'title', limit: PAGE_ROWS });
  const classes = useLoad(classTitles, []);
  const items = list.rows?.map((one) => ({ id: one.$id, title: one.title, text: one.description === one.title ? '' : one.description, hint: classes.data?.get(one['meta:class']) ?? '' }));
  return html`
    <div class="columns">
      <${ChoiceList} label="Schemas" searchLabel="Search schemas" search=${search} onSearch=${setSearch} items=${items} chosen=${form.schemaId} loading=${list.loading || list.loadingMore} error=${list.error} onRetry=${list.reload}
        more=${list.more} onMore=${list.loadMore} empty="No schema fits. Have one proposed from the data, or compose one." onChoose=${(one) => onChange({ schemaId: one.id })} />
      ${form.schemaId ? html`<${SchemaFields} id=${form.schemaId} />` : html`<p class="hint">Choose a schema to see its fields.</p>`}
    </div>
  `;
}

export function SchemaFields({ id }) {
  const { data, error, reload } = useLoad((signal) => resolved(id, { signal }), [id]);
  const fields = useMemo(() => (data ? fieldsOf(data) : []), [data]);
  if (error) return html`<${ErrorBox} error=${error} onRetry=${reload} />`;
  return data ? html`<${FieldTree} label=${`Fields of ${data.title}`} fields=${fields} />` : html`<p class="hint" role="status">Loading the fields …</p>`;
}
