// Users: people whom an external issuer of tokens vouches for. An account at the issuer alone gives no access.
import { FormDialog } from './form_dialog.js';
import { ChangeRoles, RoleBoxes, roleNames } from './members.js';
import { Button } from '../../components/button.js';
import { DataTable } from '../../components/data_table.js';
import { confirm } from '../../components/dialog.js';
import { EmptyState } from '../../components/empty_state.js';
import { Input } from '../../components/input.js';
import { Time } from '../../components/time.js';
import { toast } from '../../components/toast.js';
import { ACCESS, call } from '../../lib/api.js';
import { html, useState } from '../../lib/html.js';

const LIST = `${ACCESS}/administration/users`;
const NOBODY = { issuer: '', subject: '', name: '' };

export function Users({ list, roles }) {
  const [making, setMaking] = useState(false);
  const [changing, setChanging] = useState(null);
  const done = (text) => { setMaking(false); setChanging(null); toast(text); list.reload(); };
  const remove = async (user) => {
    const who = user.name || user.subject;
    if (!(await confirm({ title: `Remove ${who}?`, text: 'The account at the issuer stays; it gives no access here any more.', action: 'Remove the user', danger: true }))) return;
    await call('DELETE', `${LIST}/${encodeURIComponent(user.id)}`, { sandbox: null }).then(() => done('User removed'), (error) => toast(error.message, 'bad'));
  };
  const columns = [
    { key: 'name', title: 'Name', render: (row) => html`<span class="strong">${row.name || row.subject}</span>` },
    { key: 'issuer', title: 'Issuer' },
    { key: 'subject', title: 'Subject', render: (row) => html`<code>${row.subject}</code>` },
    { key: 'roles', title: 'Roles', render: (row) => roleNames(row, roles) },
    { key: 'createdAt', title: 'Registered', render: (row) => html`<${Time} ms=${row.createdAt} />` },
    { key: 'acts', title: 'Actions', render: (row) => html`<span class="row tight">
      <${Button} small aria-label=${`Roles of ${row.name || row.subject}`} onClick=${() => setChanging(row)}>Roles<//>
      <${Button} small danger aria-label=${`Remove ${row.name || row.subject}`} onClick=${() => remove(row)}>Remove<//></span>` },
  ];
  const empty = html`<${EmptyState} icon="user" title="No users yet">People sign in with your identity provider once it is named in the server's configuration and they are registered here.<//>`;
  return html`
    <div class="stack">
      <div class="actions"><${Button} primary icon="plus" onClick=${() => setMaking(true)}>Register a user<//></div>
      <${DataTable} label="Users" columns=${columns} rows=${list.rows} rowKey=${(row) => row.id} loading=${list.loading} error=${list.error} onRetry=${list.reload} empty=${empty}
        more=${list.more} onMore=${list.loadMore} loadingMore=${list.loadingMore} />
      <${Make} open=${making} roles=${roles} onClose=${() => setMaking(false)} onDone=${done} />
      <${ChangeRoles} member=${changing} kind="user" roles=${roles} onClose=${() => setChanging(null)} onDone=${done} />
    </div>
  `;
}

function Make({ open, roles, onClose, onDone }) {
  const [input, setInput] = useState(NOBODY);
  const [chosen, setChosen] = useState(new Set());
  const set = (member) => (value) => setInput((before) => ({ ...before, [member]: value }));
  const create = async () => {
    await call('POST', LIST, { body: { ...input, roles: [...chosen] }, sandbox: null });
    setInput(NOBODY);
    setChosen(new Set());
    onDone('User registered');
  };
  return html`
    <${FormDialog} open=${open} title="Register a user" action="Register" onSubmit=${create} onClose=${onClose} disabled=${!input.issuer.trim() || !input.subject.trim()}>
      <${Input} label="Issuer" value=${input.issuer} onInput=${set('issuer')} required help="As in the member iss of its tokens and in the server's configuration." />
      <${Input} label="Subject" value=${input.subject} onInput=${set('subject')} required help="The person's id at the issuer (sub)." />
      <${Input} label="Name" value=${input.name} onInput=${set('name')} optional />
      <${RoleBoxes} roles=${roles} chosen=${chosen} onChange=${setChosen} />
    <//>
  `;
}
