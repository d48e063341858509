// <SchemaForm schema=${spec.spec} value=${params} onChange=${setParams} errors=${validate(schema, value)} />
// Fields from a JSON Schema: text, secrets (format: password), numbers, yes or no, enum, const, oneOf by title, lists of texts,
// and objects in objects. `errors` is {'path.of.field': 'what is wrong'}; see lib/schema.js for validate and initial.
//   only / without   names of members that are shown, or not
import { Input } from './input.js';
import { Select } from './select.js';
import { Textarea } from './textarea.js';
import { Toggle } from './toggle.js';
import { html } from '../lib/html.js';
import { branchOf, initial, isSecret, titleOf } from '../lib/schema.js';

export function SchemaForm({ schema, value = {}, onChange, errors = {}, only, without = [], at = '' }) {
  const names = Object.keys(schema.properties ?? {}).filter((name) => (only ? only.includes(name) : !without.includes(name)));
  const set = (name) => (one) => {
    const next = { ...value, [name]: one };
    if (one === undefined || one === '') delete next[name];
    onChange(next);
  };
  return html`<div class="form">${names.map((name) => html`<${Member} key=${name} name=${name} schema=${schema.properties[name]} value=${value[name]}
    required=${schema.required?.includes(name)} onChange=${set(name)} errors=${errors} at=${at ? `${at}.${name}` : name} />`)}</div>`;
}

function Member({ name, schema, value, required, onChange, errors, at }) {
  const type = [schema.type].flat().find((one) => one && one !== 'null');
  const shared = { label: titleOf(name, schema), help: schema.description, error: errors[at], required, optional: !required, value };
  if (schema.const !== undefined) return html`<${Input} ...${shared} value=${String(schema.const)} readonly />`;
  if (schema.oneOf?.length) return html`<${OneOf} schema=${schema} shared=${shared} onChange=${onChange} errors=${errors} at=${at} />`;
  if (schema.enum) return html`<${Select} ...${shared} options=${schema.enum} empty="Choose…" onChange=${(text) => onChange(schema.enum.find((one) => String(one) === text))} />`;
  if (type === 'boolean') return html`<${Toggle} label=${shared.label} help=${shared.help} checked=${value ?? schema.default ?? false} onChange=${onChange} />`;
  if (type === 'object' && schema.properties) {
    return html`<fieldset class="form-group"><legend>${shared.label}</legend>${schema.description && html`<p class="help">${schema.description}</p>`}
      <${SchemaForm} schema=${schema} value=${value} onChange=${onChange} errors=${errors} at=${at} /></fieldset>`;
  }
  if (type === 'array') {
    const lines = (text) => onChange(text.trim() ? text.split('\n').map((line) => line.trim()) : undefined);
    return html`<${Textarea} ...${shared} value=${(value ?? []).join('\n')} help=${schema.description ?? 'One on each line.'} onInput=${lines} />`;
  }
  if (type === 'number' || type === 'integer') {
    return html`<${Input} ...${shared} type="number" min=${schema.minimum} max=${schema.maximum} step=${type === 'integer' ? 1 : 'any'} onInput=${(text) => onChange(text === '' ? undefined : Number(text))} />`;
  }
  if (schema.contentMediaType || schema.maxLength > 2000) return html`<${Textarea} ...${shared} mono onInput=${onChange} />`;
  const secret = isSecret(schema);
  return html`<${Input} ...${shared} secret=${secret} autocomplete=${secret ? 'new-password' : 'off'} placeholder=${schema.examples?.[0]} onInput=${onChange} />`;
}

function OneOf({ schema, shared, onChange, errors, at }) {
  const chosen = branchOf(schema, shared.value);
  const options = schema.oneOf.map((branch, index) => [index, branch.title ?? String(branch.const ?? `Variant ${index + 1}`)]);
  const branch = schema.oneOf[chosen];
  return html`
    <${Select} ...${shared} value=${chosen < 0 ? '' : chosen} options=${options} empty="Choose…" onChange=${(text) => onChange(text === '' ? undefined : initial(schema.oneOf[Number(text)]))} />
    ${branch?.properties && html`<div class="form-group"><${SchemaForm} schema=${branch} value=${shared.value} onChange=${onChange} errors=${errors} at=${at} /></div>`}
  `;
}
