// <EditForm account way onSaved />: name, description and parameters of an account. Only what differs is sent, under the
// version that was shown; keys that are left empty stay as they are. New parameters are tried before they are stored.
import { focusFirst, secretsOf, trimmed } from './form.js';
import { Button } from '../../components/button.js';
import { ErrorBox } from '../../components/error_box.js';
import { Input } from '../../components/input.js';
import { SchemaForm } from '../../components/schema_form.js';
import { toast } from '../../components/toast.js';
import { call, FLOW } from '../../lib/api.js';
import { html, useRef, useState } from '../../lib/html.js';
import { isSecret, validate } from '../../lib/schema.js';

export function EditForm({ account, way, onSaved }) {
  const before = { name: account.name, description: account.description ?? '', params: account.auth?.params ?? {} };
  const [now, set] = useState(before);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const form = useRef(null);
  const schema = way && keeping(way.spec);
  const params = trimmed(now.params);
  const wrongParams = schema ? validate(schema, params) : {};
  const changes = changesOf(before, { ...now, params });
  const save = async (event) => {
    event.preventDefault();
    setTried(true);
    setError(null);
    if (!now.name.trim() || Object.keys(wrongParams).length) return focusFirst(form.current);
    setBusy(true);
    try {
      await call('PATCH', `${FLOW}/connections/${account.id}`, { body: changes, ifMatch: account.etag, secrets: secretsOf(params, way?.spec) });
      toast('Saved');
      onSaved();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
    return undefined;
  };
  return html`
    <form class="account-form" ref=${form} onSubmit=${save} novalidate aria-label="Change the account">
      <div class="form">
        <${Input} label="Name" required value=${now.name} error=${tried && !now.name.trim() ? 'Needed.' : undefined} onInput=${(name) => set({ ...now, name })} />
        <${Input} label="Description" optional value=${now.description} onInput=${(description) => set({ ...now, description })} />
      </div>
      ${schema && html`<${SchemaForm} schema=${schema} value=${now.params} onChange=${(next) => set({ ...now, params: next })} errors=${tried ? wrongParams : {}} />`}
      ${error && html`<${ErrorBox} error=${error} onRetry=${error.status === 412 ? onSaved : undefined} />`}
      <div class="actions"><${Button} primary type="submit" busy=${busy} disabled=${!changes.length}>Save<//>
        ${changes.length > 0 && html`<${Button} onClick=${() => { set(before); setError(null); }}>Undo changes<//>`}</div>
    </form>
  `;
}

// Secrets are not shown, so nothing demands them.
function keeping(schema) {
  const secret = (name) => isSecret(schema.properties[name] ?? {});
  const properties = Object.entries(schema.properties).map(([name, member]) => [name, secret(name) ? { ...member, description: `${member.description ?? ''}. Leave it empty to keep what is stored.` } : member]);
  return { ...schema, required: (schema.required ?? []).filter((name) => !secret(name)), properties: Object.fromEntries(properties) };
}

export function changesOf(before, now) {
  const changes = [];
  if (now.name.trim() !== before.name) changes.push({ op: 'replace', path: '/name', value: now.name.trim() });
  const description = now.description.trim();
  if (description !== before.description) changes.push(description ? { op: 'add', path: '/description', value: description } : { op: 'remove', path: '/description' });
  for (const name of new Set([...Object.keys(before.params), ...Object.keys(now.params)])) {
    const [old, value] = [before.params[name], now.params[name]];
    const path = `/auth/params/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (value === undefined) changes.push({ op: 'remove', path });
    else if (value !== old) changes.push({ op: old === undefined ? 'add' : 'replace', path, value });
  }
  return changes;
}
