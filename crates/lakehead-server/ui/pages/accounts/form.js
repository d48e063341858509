// <AccountForm spec=${spec} onMade=${({id, name}) => …} cancel=${html`<Button…>`} />
// Name, way of signing in and its parameters, from the JSON Schema of the spec. What the storage says about wrong keys
// is shown as it is, and what was typed stays.
import { Button } from '../../components/button.js';
import { Chips } from '../../components/chips.js';
import { ErrorBox } from '../../components/error_box.js';
import { Input } from '../../components/input.js';
import { SchemaForm } from '../../components/schema_form.js';
import { FLOW } from '../../lib/api.js';
import { html, useEffect, useRef, useState } from '../../lib/html.js';
import { makeOnce, posted, removed } from '../../lib/once.js';
import { initial, isSecret, validate } from '../../lib/schema.js';
import { nameOf, waysOf } from '../../lib/specs.js';

export function AccountForm({ spec, onMade, cancel }) {
  const ways = waysOf(spec);
  const soon = (spec.authSpec ?? []).filter((one) => !ways.includes(one));
  const [wayName, setWay] = useState(ways[0]?.name);
  const way = ways.find((one) => one.name === wayName) ?? ways[0];
  const [about, setAbout] = useState({ name: '', description: '' });
  const [values, setValues] = useState(() => (way ? initial(way.spec) ?? {} : {}));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const form = useRef(null);
  // An account whose answer was lost; with its secrets, so it is kept nowhere else.
  const attempt = useRef(null);
  const params = trimmed(values, way?.spec);
  const wrong = { ...(about.name.trim() ? {} : { name: 'Needed: others find the account by it.' }) };
  const wrongParams = way ? validate(way.spec, params) : {};
  const choose = (name) => {
    setWay(name);
    setValues(initial(ways.find((one) => one.name === name).spec) ?? {});
    setError(null);
  };
  const submit = async (event) => {
    event.preventDefault();
    setTried(true);
    setError(null);
    if (Object.keys(wrong).length || Object.keys(wrongParams).length) return focusFirst(form.current);
    setBusy(true);
    try {
      const body = bodyOf(spec, about, way, params);
      const send = posted(`${FLOW}/connections`, { secrets: secretsOf(params, way?.spec) });
      const id = await makeOnce(attempt.current, (state) => { attempt.current = state; }, { body, send, remove: removed(`${FLOW}/connections`) });
      onMade({ id, name: body.name });
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
    return undefined;
  };
  return html`
    <form class="account-form" ref=${form} onSubmit=${submit} novalidate aria-label=${`Account of ${nameOf(spec)}`}>
      <div class="form">
        <${Input} label="Name" required value=${about.name} error=${tried ? wrong.name : undefined} onInput=${(name) => setAbout({ ...about, name })} help="Such as “Shop bucket, read only”." autocomplete="off" />
        <${Input} label="Description" optional value=${about.description} onInput=${(description) => setAbout({ ...about, description })} autocomplete="off" />
        ${ways.length > 1 && html`<div class="field"><span class="label">Sign in with</span><${Chips} label="Sign in with" value=${way.name} onChange=${choose} options=${ways.map((one) => [one.name, one.name])} /></div>`}
      </div>
      ${way && html`<${SchemaForm} key=${way.name} schema=${way.spec} value=${values} onChange=${setValues} errors=${tried ? wrongParams : {}} />`}
      ${error && html`<${Refused} error=${error} />`}
      <div class="actions"><${Button} primary type="submit" busy=${busy}>Connect<//>${cancel}
        <span class="hint" role="status">${busy ? 'Trying the keys…' : ''}</span></div>
      ${soon.length > 0 && html`<p class="hint">Not available yet: ${soon.map((one) => one.name).join(', ')}.</p>`}
    </form>
  `;
}

// Brought into sight: a long form ends below the window.
function Refused({ error }) {
  const place = useRef(null);
  useEffect(() => place.current?.scrollIntoView({ block: 'nearest' }), [error]);
  return html`<div ref=${place}><${ErrorBox} error=${{ ...error, title: error.status === 400 ? 'The account was not accepted' : error.title, advice: error.advice || 'Nothing was stored. Correct what it names and connect again.' }} /></div>`;
}

function bodyOf(spec, about, way, params) {
  const body = { name: about.name.trim(), connectionSpec: { id: spec.id, version: spec.version } };
  if (about.description.trim()) body.description = about.description.trim();
  if (way) body.auth = { specName: way.name, params };
  return body;
}

export const secretsOf = (params, schema) => Object.entries(params)
  .filter(([name, value]) => typeof value === 'string' && isSecret(schema?.properties?.[name] ?? {})).map(([, value]) => value);

// Spaces around what was pasted are never meant, and empty text is no value.
export function trimmed(values) {
  const pairs = Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== '' && value !== undefined));
}

export function focusFirst(form) {
  // After the errors are drawn.
  requestAnimationFrame(() => form?.querySelector('[aria-invalid="true"]')?.focus());
}
