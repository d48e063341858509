// The fields of the dataset as its schema has them, with types, identities and labels; and all that is known of the one that is chosen.
import { Card } from '../../components/card.js';
import { ErrorBox } from '../../components/error_box.js';
import { FieldTree } from '../../components/field_tree.js';
import { KeyValues } from '../../components/key_values.js';
import { Search } from '../../components/toolbar.js';
import { call, REGISTRY } from '../../lib/api.js';
import { fieldsOf, flatFields, leavesOf, typeText } from '../../lib/fields.js';
import { plural } from '../../lib/format.js';
import { html, useMemo, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { path } from '../../lib/router.js';
import { PAGES } from '../../pages.js';

const hasSchemas = PAGES.some((page) => page.path === '/schemas/:id');

export function Fields({ dataset }) {
  const schemaId = dataset.schemaRef.id;
  const { data, error, reload } = useLoad((signal) => read(schemaId, signal), [schemaId]);
  const fields = useMemo(() => fieldsOf(data), [data]);
  const [find, setFind] = useState('');
  const [chosen, setChosen] = useState(null);
  if (error) return html`<${ErrorBox} error=${error} onRetry=${reload} />`;
  if (!data) return html`<p class="page-loading" role="status">Loading the schema…</p>`;
  const field = flatFields(fields).find((one) => one.path === chosen);
  return html`
    <div class="stack">
      <p class="hint">Schema ${hasSchemas ? html`<a href=${path(`/schemas/${encodeURIComponent(data['meta:altId'] ?? schemaId)}`)}>${data.title}</a>` : html`“${data.title}”`}: ${plural(leavesOf(fields).length, 'column')}. Choose a field to see what is known of it.</p>
      <div class="fields-part">
        <${Card}>
          <${Search} label="Search fields" value=${find} onInput=${setFind} />
          <${FieldTree} label="Fields of the dataset" fields=${fields} search=${find} selected=${chosen} onSelect=${(one) => setChosen(one.path)} />
        <//>
        <${Card} title=${field ? field.name : 'Field'} aria-live="polite">
          ${field ? html`<${About} field=${field} />` : html`<p class="hint">No field is chosen.</p>`}
        <//>
      </div>
    </div>
  `;
}

const About = ({ field }) => html`
  ${field.description && html`<p>${field.description}</p>`}
  <${KeyValues} items=${[
    ['Path', html`<code>${field.path}</code>`],
    ['Title', field.title || '–'],
    ['Type', typeText(field)],
    ['Required', field.required ? 'yes' : 'no'],
    ['Identity', field.identity ? html`<code>${field.identity.namespace}</code>${field.identity.primary ? ', primary' : ''}` : 'no'],
    ['Labels', field.labels.length ? field.labels.join(', ') : 'none'],
    ...(field.values.length ? [['Allowed values', field.values.join(', ')]] : []),
    ...(field.pattern ? [['Pattern', html`<code>${field.pattern}</code>`]] : []),
  ]} />`;

const read = (id, signal) => call('GET', `${REGISTRY}/tenant/schemas/${encodeURIComponent(id)}`, { headers: { accept: 'application/vnd.adobe.xed-full-desc+json;version=1' }, signal });
