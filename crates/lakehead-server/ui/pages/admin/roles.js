// Roles: permissions, the sandboxes where they count, and the data usage labels that their members may see.
import { FormDialog } from './form_dialog.js';
import { Button } from '../../components/button.js';
import { DataTable } from '../../components/data_table.js';
import { confirm } from '../../components/dialog.js';
import { ErrorBox } from '../../components/error_box.js';
import { Input } from '../../components/input.js';
import { Textarea } from '../../components/textarea.js';
import { toast } from '../../components/toast.js';
import { ACCESS, call, SANDBOXES } from '../../lib/api.js';
import { html, useEffect, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';

const LIST = `${ACCESS}/administration/roles`;
const NEW = { name: '', description: '', permissionSets: [], sandboxes: [], labels: '' };

export function Roles({ list }) {
  const [edited, setEdited] = useState(null);
  const done = (text) => { setEdited(null); toast(text); list.reload(); };
  const remove = async (role) => {
    if (!(await confirm({ title: `Delete ${role.name}?`, text: 'Its members lose what it gave them within a second.', action: 'Delete the role', danger: true }))) return;
    await call('DELETE', `${LIST}/${encodeURIComponent(role.id)}`, { sandbox: null }).then(() => done('Role deleted'), (error) => toast(error.message, 'bad'));
  };
  const columns = [
    { key: 'name', title: 'Name', render: (row) => html`<span class="strong">${row.name}</span>${row.roleType === 'system-defined' && html` <span class="hint">built in</span>`}` },
    { key: 'description', title: 'Description', wide: true, render: (row) => html`<span class="wrap">${row.description || '–'}</span>` },
    { key: 'permissions', title: 'Permissions', render: (row) => html`<span class="wrap words">${row.permissionSets.map((name) => html`<code>${name}</code> `)}</span>` },
    { key: 'sandboxes', title: 'Sandboxes', render: (row) => (row.sandboxes.includes('*') ? 'all' : row.sandboxes.join(', ') || 'none') },
    { key: 'labels', title: 'Labels', render: (row) => (row.subjectAttributes.labels.includes('*') ? 'all' : row.subjectAttributes.labels.join(', ') || 'none') },
    { key: 'acts', title: 'Actions', render: (row) => (row.roleType === 'system-defined' ? html`<span class="hint">cannot be changed</span>` : html`<span class="row tight">
      <${Button} small aria-label=${`Edit ${row.name}`} onClick=${() => setEdited(row)}>Edit<//><${Button} small danger aria-label=${`Delete ${row.name}`} onClick=${() => remove(row)}>Delete<//></span>`) },
  ];
  return html`
    <div class="stack">
      <div class="actions"><${Button} primary icon="plus" onClick=${() => setEdited({})}>New role<//></div>
      <${DataTable} label="Roles" columns=${columns} rows=${list.rows} rowKey=${(row) => row.id} loading=${list.loading} error=${list.error} onRetry=${list.reload}
        more=${list.more} onMore=${list.loadMore} loadingMore=${list.loadingMore} />
      <${Edit} role=${edited} onClose=${() => setEdited(null)} onDone=${done} />
    </div>
  `;
}

function Edit({ role, onClose, onDone }) {
  const [input, setInput] = useState(NEW);
  const known = useLoad(async (signal) => {
    const [reference, sandboxes] = await Promise.all([call('GET', `${ACCESS}/acl/reference`, { signal }), call('GET', `${SANDBOXES}/sandboxes`, { query: { limit: 1000, offset: 0 }, signal, sandbox: null })]);
    return { permissions: Object.keys(reference.permissions), sandboxes: sandboxes.sandboxes };
  }, []);
  useEffect(() => setInput(role?.id ? { ...role, labels: role.subjectAttributes.labels.join(', ') } : NEW), [role]);
  const set = (member) => (value) => setInput((before) => ({ ...before, [member]: value }));
  const body = { name: input.name.trim(), description: input.description, permissionSets: input.permissionSets, sandboxes: input.sandboxes, subjectAttributes: { labels: input.labels.split(',').map((one) => one.trim()).filter(Boolean) } };
  const save = async () => {
    if (role.id) await call('PUT', `${LIST}/${encodeURIComponent(role.id)}`, { body, sandbox: null });
    else await call('POST', LIST, { body, sandbox: null });
    onDone(role.id ? 'Role changed' : 'Role made');
  };
  return html`
    <${FormDialog} wide open=${Boolean(role)} title=${role?.id ? `Role ${role.name}` : 'New role'} action=${role?.id ? 'Save' : 'Create'} onSubmit=${save} onClose=${onClose} disabled=${!input.name.trim()}>
      <${ErrorBox} error=${known.error} onRetry=${known.reload} />
      <${Input} label="Name" value=${input.name} onInput=${set('name')} required />
      <${Textarea} label="Description" value=${input.description} onInput=${set('description')} rows=${2} optional />
      <${Boxes} legend="Permissions" options=${(known.data?.permissions ?? []).map((name) => [name, name])} chosen=${input.permissionSets} onChange=${set('permissionSets')} />
      <${Boxes} legend="Sandboxes" options=${[['*', 'All, also future ones'], ...(known.data?.sandboxes ?? []).map((one) => [one.name, one.title])]} chosen=${input.sandboxes} onChange=${set('sandboxes')} />
      <${Input} label="Data usage labels" value=${input.labels} onInput=${set('labels')} optional help="Such as core/C12, custom/secret; separated by commas. Flows with these labels are there for members." />
    <//>
  `;
}

function Boxes({ legend, options, chosen, onChange }) {
  const change = (id) => onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return html`<fieldset class="boxes"><legend>${legend}</legend>${options.map(([id, text]) => html`
    <label key=${id}><input type="checkbox" checked=${chosen.includes(id)} onChange=${() => change(id)} /><span>${text}</span></label>`)}</fieldset>`;
}
