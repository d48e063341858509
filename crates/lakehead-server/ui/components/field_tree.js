// <FieldTree label="Fields" fields=${fields} selected=${path} onSelect=${(field) => …} marks=${new Map([[path, html`…`]])} search=${text} />
//   fields     of lib/fields.js: [{path, name, type, title, description, required, labels, identity, children}]
//   marks      what stands at the end of the row of a path: an icon, a badge, a word
//   search     only fields whose name, title or path has these words, with what they are in
//   opened     paths that are open at first; without it, the first level is open where the tree is small
// Keys as in tree.js: arrows walk, Enter selects, letters jump.
import { EmptyState } from './empty_state.js';
import { Tree } from './tree.js';
import { html, useMemo } from '../lib/html.js';
import { flatFields, typeText } from '../lib/fields.js';

// A tree with fewer fields is opened whole.
const OPEN_WHOLE = 40;

export function FieldTree({ label = 'Fields', fields, selected, onSelect, marks, search = '', opened }) {
  const shown = useMemo(() => filtered(fields, search.trim().toLowerCase()), [fields, search]);
  const all = useMemo(() => flatFields(shown), [shown]);
  const open = useMemo(() => opened ?? (search || all.length <= OPEN_WHOLE ? all : shown.slice(0, OPEN_WHOLE)).map((field) => field.path), [shown, opened]);
  if (!shown.length) return html`<${EmptyState} icon="search" title="No field fits">${search ? html`No field has “${search}” in its name.` : 'There are no fields here.'}<//>`;
  const byPath = new Map(all.map((field) => [field.path, field]));
  return html`
    <div class="field-tree">
      <${Tree} key=${`${search}/${all.length}/${shown[0].path}`} label=${label} nodes=${nodesOf(shown)} opened=${open} selected=${selected}
        onSelect=${onSelect && ((node) => onSelect(byPath.get(node.id)))} draw=${(node) => html`<${Row} field=${byPath.get(node.id)} mark=${marks?.get(node.id)} />`} />
    </div>
  `;
}

function Row({ field, mark }) {
  return html`
    <span class="field-row">
      <span class="field-name" title=${field.title && field.title !== field.name ? `${field.path}: ${field.title}` : field.path}>${field.name}${field.required && html`<span class="required" title="Required">*<span class="sr"> required</span></span>`}</span>
      <span class="field-type">${typeText(field)}</span>
      ${field.identity && html`<span class="field-mark identity">${field.identity.primary ? 'primary identity' : 'identity'}</span>`}
      ${field.labels.map((one) => html`<span class="field-mark" title="Data usage label">${one.split('/').pop()}</span>`)}
      ${mark && html`<span class="field-end">${mark}</span>`}
    </span>
  `;
}

const nodesOf = (fields) => fields.map((field) => ({ id: field.path, label: field.name, leaf: field.children.length === 0, children: nodesOf(field.children) }));

function filtered(fields, words) {
  if (!words) return fields;
  const fits = (field) => words.split(/\s+/).every((word) => `${field.path} ${field.title}`.toLowerCase().includes(word));
  return fields.flatMap((field) => {
    const children = filtered(field.children, words);
    return children.length || fits(field) ? [{ ...field, children }] : [];
  });
}
