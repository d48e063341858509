// Clients: programs with an id and a secret. The secret is shown once, by the answer that made it.
import { FormDialog } from './form_dialog.js';
import { ChangeRoles, RoleBoxes, roleNames } from './members.js';
import { Button } from '../../components/button.js';
import { CodeBlock } from '../../components/code_block.js';
import { DataTable } from '../../components/data_table.js';
import { confirm, Dialog } from '../../components/dialog.js';
import { Input } from '../../components/input.js';
import { Select } from '../../components/select.js';
import { StateBadge } from '../../components/state_badge.js';
import { Time } from '../../components/time.js';
import { toast } from '../../components/toast.js';
import { ACCESS, call } from '../../lib/api.js';
import { html, useState } from '../../lib/html.js';
import { session } from '../../lib/session.js';

const LIST = `${ACCESS}/administration/clients`;
const of = (client) => `${LIST}/${encodeURIComponent(client.id)}`;
const OVERLAPS = [['0', 'End the old secret at once'], ['24', 'Old secret valid for 24 hours more'], ['168', 'Old secret valid for 7 days more']];

export function Clients({ list, roles }) {
  const [making, setMaking] = useState(false);
  const [rotating, setRotating] = useState(null);
  const [changing, setChanging] = useState(null);
  const [made, setMade] = useState(null);
  const done = (text) => { setMaking(false); setRotating(null); setChanging(null); if (text) toast(text); list.reload(); };
  const act = async (question, run, text) => {
    if (!(await confirm({ danger: true, ...question }))) return;
    await run().then(() => done(text), (error) => toast(error.message, 'bad'));
  };
  const able = (client) => act({
    title: client.disabled ? `Enable ${client.name}?` : `Disable ${client.name}?`, action: client.disabled ? 'Enable' : 'Disable', danger: !client.disabled,
    text: client.disabled ? 'It can get tokens again.' : 'It gets no more tokens, and the ones it has stop working within a second.',
  }, () => call('PATCH', of(client), { body: { disabled: !client.disabled }, sandbox: null }), client.disabled ? 'Enabled' : 'Disabled');
  const remove = (client) => act({ title: `Delete ${client.name}?`, action: 'Delete the client', text: 'Its secret and its tokens stop working within a second. What it has made stays.' },
    () => call('DELETE', of(client), { sandbox: null }), 'Client deleted');
  const mine = session.value?.apiKey;
  const columns = [
    { key: 'name', title: 'Name and client ID', render: (row) => html`<span class="two-lines"><span><span class="strong">${row.name}</span>${row.id === mine && html` <span class="hint">you</span>`}</span><code class="hint">${row.id}</code></span>` },
    { key: 'state', title: 'State', render: (row) => html`<${StateBadge} state=${row.disabled ? 'disabled' : 'enabled'} />` },
    { key: 'roles', title: 'Roles', render: (row) => roleNames(row, roles) },
    { key: 'createdAt', title: 'Made', render: (row) => html`<${Time} ms=${row.createdAt} />` },
    { key: 'acts', title: 'Actions', render: (row) => html`<span class="row tight">
      <${Button} small aria-label=${`Roles of ${row.name}`} onClick=${() => setChanging(row)}>Roles<//>
      <${Button} small icon="key" aria-label=${`New secret for ${row.name}`} onClick=${() => setRotating(row)}>New secret<//>
      <${Button} small disabled=${row.id === mine} aria-label=${`${row.disabled ? 'Enable' : 'Disable'} ${row.name}`} onClick=${() => able(row)}>${row.disabled ? 'Enable' : 'Disable'}<//>
      <${Button} small danger disabled=${row.id === mine} aria-label=${`Delete ${row.name}`} onClick=${() => remove(row)}>Delete<//>
    </span>` },
  ];
  return html`
    <div class="stack">
      <div class="actions"><${Button} primary icon="plus" onClick=${() => setMaking(true)}>New client<//></div>
      <${DataTable} label="Clients" columns=${columns} rows=${list.rows} rowKey=${(row) => row.id} loading=${list.loading} error=${list.error} onRetry=${list.reload}
        more=${list.more} onMore=${list.loadMore} loadingMore=${list.loadingMore} />
      <${Make} open=${making} roles=${roles} onClose=${() => setMaking(false)} onMade=${(client) => { setMade(client); done(); }} />
      <${Rotate} client=${rotating} onClose=${() => setRotating(null)} onMade=${(client) => { setMade(client); done(); }} />
      <${ChangeRoles} member=${changing} kind="client" roles=${roles} onClose=${() => setChanging(null)} onDone=${done} />
      <${Secret} client=${made} onClose=${() => setMade(null)} />
    </div>
  `;
}

function Make({ open, roles, onClose, onMade }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState(new Set());
  const create = async () => {
    const client = await call('POST', LIST, { body: { name: name.trim(), roles: [...chosen] }, sandbox: null });
    setName('');
    setChosen(new Set());
    onMade(client);
  };
  return html`
    <${FormDialog} open=${open} title="New client" action="Create" onSubmit=${create} onClose=${onClose} disabled=${!name.trim()}>
      <${Input} label="Name" value=${name} onInput=${setName} required help="What the program is called, such as nightly-import." />
      <${RoleBoxes} roles=${roles} chosen=${chosen} onChange=${setChosen} />
    <//>
  `;
}

function Rotate({ client, onClose, onMade }) {
  const [hours, setHours] = useState('24');
  const rotate = async () => onMade(await call('POST', `${of(client)}/secret`, { body: { overlapHours: Number(hours) }, sandbox: null }));
  return html`
    <${FormDialog} open=${Boolean(client)} title=${`New secret for ${client?.name}`} action="Make a new secret" onSubmit=${rotate} onClose=${onClose}>
      <p>The program needs the new secret before the old one ends.</p>
      <${Select} label="The old secret" value=${hours} options=${OVERLAPS} onChange=${setHours} />
    <//>
  `;
}

function Secret({ client, onClose }) {
  return html`
    <${Dialog} open=${Boolean(client)} title=${`Secret of ${client?.name}`} onClose=${onClose} actions=${html`<${Button} primary onClick=${onClose}>I have kept it<//>`}>
      ${client && html`<div class="stack">
        <p class="notice">The secret is shown only now. Nobody can read it again; a lost one is replaced by a new one.</p>
        <div><h3>Client ID</h3><${CodeBlock} label="Client ID" text=${client.clientId} /></div>
        <div><h3>Client secret</h3><${CodeBlock} label="Client secret" text=${client.clientSecret} /></div>
      </div>`}
    <//>
  `;
}
