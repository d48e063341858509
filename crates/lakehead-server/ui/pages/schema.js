// One schema: its fields as a tree, what is known of each, what it is composed of, and the datasets that use it.
import { Card } from '../components/card.js';
import { Chips } from '../components/chips.js';
import { ErrorBox } from '../components/error_box.js';
import { FieldTree } from '../components/field_tree.js';
import { KeyValues } from '../components/key_values.js';
import { Page } from '../components/page.js';
import { Time } from '../components/time.js';
import { Search } from '../components/toolbar.js';
import { fieldsOf, flatFields, leavesOf, typeText } from '../lib/fields.js';
import { plural } from '../lib/format.js';
import { html, useMemo } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { datasetsOf, KINDS, listed, registryOf, resolved } from '../lib/registry.js';
import { path, useQuery } from '../lib/router.js';
import { hasPage } from '../pages.js';

const SHOWN = { all: () => true, required: (field) => field.required, marked: (field) => field.identity || field.labels.length };

export default function Schema({ params, query }) {
  const kind = KINDS.some(([name]) => name === query.kind) ? query.kind : 'schemas';
  const [{ search = '', field: chosen, show = 'all' }, setQuery] = useQuery();
  const { data, error, reload } = useLoad((signal) => load(params.id, kind, signal), [params.id, kind]);
  const fields = useMemo(() => (data ? fieldsOf(data.schema) : []), [data]);
  const flat = useMemo(() => flatFields(fields), [fields]);
  const shown = useMemo(() => only(fields, SHOWN[show] ?? SHOWN.all), [fields, show]);
  const field = flat.find((one) => one.path === chosen);
  const schema = data?.schema;
  return html`
    <${Page} title=${schema?.title ?? 'Schema'} subtitle=${schema?.description !== schema?.title ? schema?.description : undefined} crumbs=${[['Schemas', '/schemas']]}>
      ${error && html`<${ErrorBox} error=${error} onRetry=${reload} />`}
      ${schema && html`
        <div class="schema-page">
          <${Card} title="Fields" actions=${html`<span class="hint">${plural(leavesOf(fields).length, 'field')}</span>`}>
            <div class="toolbar">
              <${Search} label="Search fields" value=${search} onInput=${(text) => setQuery({ search: text })} />
              <${Chips} label="Show" value=${show} onChange=${(one) => setQuery({ show: one })}
                options=${[['all', 'All'], ['required', 'Required', flat.filter(SHOWN.required).length], ['marked', 'Identities and labels', flat.filter(SHOWN.marked).length]]} />
            </div>
            <${FieldTree} fields=${shown} search=${search} selected=${field?.path} onSelect=${(one) => setQuery({ field: one.path })} />
          <//>
          <div class="stack">
            <${Card} title=${field ? field.title || field.name : 'A field'}>${field ? html`<${Detail} field=${field} />` : html`<p class="hint">Choose a field to see its type, rules, labels and how mappings name it.</p>`}<//>
            <${Card} title=${`About this ${KINDS.find(([name]) => name === kind)[1]}`}><${About} data=${data} /><//>
            ${kind === 'schemas' && html`<${Card} title="Datasets"><${Datasets} datasets=${data.datasets} /><//>`}
          </div>
        </div>`}
      ${!schema && !error && html`<p class="hint" role="status">Loading the fields …</p>`}
    <//>
  `;
}

async function load(id, kind, signal) {
  const schema = await resolved(id, { kind, signal });
  const lists = ['fieldgroups', 'classes', 'datatypes'].flatMap((one) => ['tenant', 'global'].map((container) => listed(container, one, { signal }).then((found) => found.map((part) => ({ ...part, kind: one })))));
  const [parts, datasets] = await Promise.all([Promise.all(lists), kind === 'schemas' ? datasetsOf(schema.$id, signal) : []]);
  return { schema, datasets, parts: new Map(parts.flat().map((part) => [part.$id, part])) };
}

function Detail({ field }) {
  const rules = [field.format && !['date', 'date-time'].includes(field.format) && `format ${field.format}`, field.pattern && `pattern ${field.pattern}`].filter(Boolean);
  return html`
    ${field.description && html`<p>${field.description}</p>`}
    <${KeyValues} items=${[
      ['Path in mappings', html`<code>${field.path}</code>`],
      ['Type', typeText(field)],
      ['Required', field.required ? 'Yes: rows without it are rejected' : 'No'],
      field.identity && ['Identity', `${field.identity.primary ? 'Primary, ' : ''}namespace ${field.identity.namespace}`],
      field.labels.length && ['Labels', field.labels.join(', ')],
      field.values.length && ['Values', field.values.join(', ')],
      rules.length && ['Rules', html`<code>${rules.join(', ')}</code>`],
    ].filter(Boolean)} />
  `;
}

function About({ data: { schema, parts } }) {
  const link = (id) => {
    const part = parts.get(id);
    return part ? html`<a href=${path(`/schemas/${encodeURIComponent(part['meta:altId'] ?? id)}`, { kind: part.kind })}>${part.title}</a>` : html`<code>${id}</code>`;
  };
  const groups = (schema['meta:extends'] ?? []).filter((id) => parts.get(id)?.kind === 'fieldgroups');
  const when = schema['meta:registryMetadata']?.['repo:lastModifiedDate'];
  return html`<${KeyValues} items=${[
    schema['meta:class'] && ['Class', link(schema['meta:class'])],
    groups.length && ['Field groups', html`<ul>${groups.map((id) => html`<li>${link(id)}</li>`)}</ul>`],
    ['Where from', registryOf(schema) === 'tenant' ? 'This organisation' : 'Standard'],
    ['Version', schema.version],
    when && ['Changed', html`<${Time} ms=${when} />`],
    ['Id', html`<code class="wrap">${schema.$id}</code>`],
  ].filter(Boolean)} />`;
}

function Datasets({ datasets }) {
  if (!datasets.length) return html`<p class="hint">No dataset uses it yet. Choose it when you add data.</p>`;
  const linked = hasPage('/datasets/:id');
  return html`<ul class="plain-list">${datasets.map((one) => html`<li>${linked ? html`<a href=${path(`/datasets/${one.id}`)}>${one.name}</a>` : one.name}</li>`)}</ul>`;
}

const only = (fields, wanted) => fields.flatMap((field) => {
  const children = only(field.children, wanted);
  return children.length ? [{ ...field, children }] : wanted(field) ? [field] : [];
});
