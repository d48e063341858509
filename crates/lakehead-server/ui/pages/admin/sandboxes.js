// Sandboxes: parts of the organisation that know nothing of each other. Made, renamed, emptied and deleted here.
import { FormDialog } from './form_dialog.js';
import { Guard } from './guard.js';
import { Button } from '../../components/button.js';
import { DataTable } from '../../components/data_table.js';
import { Dialog } from '../../components/dialog.js';
import { ErrorBox } from '../../components/error_box.js';
import { Input } from '../../components/input.js';
import { Page } from '../../components/page.js';
import { Select } from '../../components/select.js';
import { StateBadge } from '../../components/state_badge.js';
import { Time } from '../../components/time.js';
import { toast } from '../../components/toast.js';
import { call, SANDBOXES } from '../../lib/api.js';
import { html, useState } from '../../lib/html.js';
import { useList } from '../../lib/load.js';
import { chooseSandbox, sandbox } from '../../lib/session.js';
import { useStore } from '../../lib/store.js';

const LIST = `${SANDBOXES}/sandboxes`;
const of = (name) => `${LIST}/${encodeURIComponent(name)}`;
// The server writes times in UTC, without saying so.
const msOf = (text) => (text ? Date.parse(`${text.replace(' ', 'T')}Z`) : null);

export default function Sandboxes() {
  return html`<${Guard} title="Sandboxes" permission="view-sandboxes" also=${['manage-sandboxes']} to="see sandboxes">${(may) => html`<${List} mayChange=${may.has('manage-sandboxes')} />`}<//>`;
}

function List({ mayChange }) {
  const list = useList(LIST, { query: { limit: 100, offset: 0 }, key: 'sandboxes', sandbox: null });
  const [making, setMaking] = useState(false);
  const [asked, setAsked] = useState(null);
  const here = useStore(sandbox);
  const columns = [
    { key: 'title', title: 'Title', render: (row) => html`<span class="strong">${row.title}</span>${row.name === here && html` <span class="hint">in use here</span>`}` },
    { key: 'name', title: 'Name', render: (row) => html`<code>${row.name}</code>` },
    { key: 'state', title: 'State', render: (row) => html`<${StateBadge} state=${row.state} />` },
    { key: 'type', title: 'Type', render: (row) => `${row.type}${row.isDefault ? ', default' : ''}` },
    { key: 'created', title: 'Made', render: (row) => html`<${Time} ms=${msOf(row.createdDate)} />` },
    { key: 'acts', title: 'Actions', render: (row) => html`<span class="row tight">
      <${Button} small disabled=${row.name === here || row.state !== 'active'} aria-label=${`Use ${row.name}`} onClick=${() => chooseSandbox(row.name)}>Use<//>
      ${mayChange && html`
        <${Button} small disabled=${row.state !== 'active'} aria-label=${`Rename ${row.name}`} onClick=${() => setAsked({ what: 'rename', row })}>Rename<//>
        <${Button} small danger disabled=${row.state !== 'active'} aria-label=${`Reset ${row.name}`} onClick=${() => setAsked({ what: 'reset', row })}>Reset<//>
        <${Button} small danger disabled=${row.isDefault || row.state === 'deleted'} aria-label=${`Delete ${row.name}`} onClick=${() => setAsked({ what: 'delete', row })}>Delete<//>`}
    </span>` },
  ];
  const done = (text) => { setMaking(false); setAsked(null); toast(text); list.reload(); };
  return html`
    <${Page} title="Sandboxes" subtitle="Nothing crosses from one sandbox to another: schemas, datasets, flows and runs belong to exactly one."
      actions=${html`<${Button} icon="refresh" onClick=${list.reload}>Reload<//>${mayChange && html`<${Button} primary icon="plus" onClick=${() => setMaking(true)}>New sandbox<//>`}`}>
      <${DataTable} label="Sandboxes" columns=${columns} rows=${list.rows} rowKey=${(row) => row.id} loading=${list.loading} error=${list.error} onRetry=${list.reload}
        more=${list.more} onMore=${list.loadMore} loadingMore=${list.loadingMore} />
      ${!mayChange && html`<p class="hint">To make, empty or delete sandboxes you need the permission <code>manage-sandboxes</code>.</p>`}
      <${Make} open=${making} onClose=${() => setMaking(false)} onDone=${done} />
      <${Rename} asked=${asked} onClose=${() => setAsked(null)} onDone=${done} />
      <${Empty} key=${asked && `${asked.what} ${asked.row.name}`} asked=${asked} onClose=${() => setAsked(null)} onDone=${done} />
    <//>
  `;
}

function Make({ open, onClose, onDone }) {
  const [input, setInput] = useState({ name: '', title: '', type: 'development' });
  const set = (member) => (value) => setInput((before) => ({ ...before, [member]: value }));
  const create = async () => {
    await call('POST', LIST, { body: { ...input, name: input.name.trim(), title: input.title.trim() || input.name.trim() }, sandbox: null });
    setInput({ name: '', title: '', type: 'development' });
    onDone('The sandbox is being made');
  };
  return html`
    <${FormDialog} open=${open} title="New sandbox" action="Create" onSubmit=${create} onClose=${onClose} disabled=${!input.name.trim()}>
      <${Input} label="Name" value=${input.name} onInput=${set('name')} required help="Lower-case letters, digits and hyphens, a letter first. It can never be changed: programs use it." />
      <${Input} label="Title" value=${input.title} onInput=${set('title')} optional help="What people see." />
      <${Select} label="Type" value=${input.type} options=${[['development', 'Development'], ['production', 'Production']]} onChange=${set('type')} />
    <//>
  `;
}

function Rename({ asked, onClose, onDone }) {
  const open = asked?.what === 'rename';
  const [title, setTitle] = useState(null);
  const save = async () => {
    await call('PATCH', of(asked.row.name), { body: { title: title.trim() }, sandbox: null });
    setTitle(null);
    onDone('Renamed');
  };
  return html`
    <${FormDialog} open=${open} title=${`Rename ${asked?.row.name}`} action="Rename" onSubmit=${save} onClose=${() => { setTitle(null); onClose(); }} disabled=${!title?.trim()}>
      <${Input} label="Title" value=${title ?? asked?.row.title} onInput=${setTitle} required />
    <//>
  `;
}

// Emptying cannot be taken back: the name has to be written.
function Empty({ asked, onClose, onDone }) {
  const [typed, setTyped] = useState('');
  const [state, setState] = useState({ busy: false, error: null });
  const open = asked?.what === 'reset' || asked?.what === 'delete';
  const name = asked?.row.name;
  const go = async (event) => {
    event.preventDefault();
    setState({ busy: true, error: null });
    try {
      if (asked.what === 'reset') await call('PUT', of(name), { body: { action: 'reset' }, sandbox: null });
      else await call('DELETE', of(name), { sandbox: null });
      onDone(asked.what === 'reset' ? 'The sandbox is being emptied' : 'The sandbox is being deleted');
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  const reset = asked?.what === 'reset';
  return html`
    <${Dialog} open=${open} title=${reset ? `Reset ${name}?` : `Delete ${name}?`} onClose=${onClose}>
      <form class="form" onSubmit=${go}>
        <p>${reset
          ? 'Every schema, dataset with its rows, connection, flow, run and key of this sandbox is deleted for ever. Name, title and permissions stay.'
          : 'The sandbox goes with everything in it: schemas, datasets with their rows, connections, flows, runs and keys. This cannot be taken back.'}</p>
        <${Input} label=${`Write ${name} to confirm`} value=${typed} onInput=${setTyped} autocomplete="off" />
        <${ErrorBox} error=${state.error} />
        <div class="actions end"><${Button} onClick=${onClose}>Cancel<//><${Button} danger type="submit" busy=${state.busy} disabled=${typed !== name}>${reset ? 'Reset the sandbox' : 'Delete the sandbox'}<//></div>
      </form>
    <//>
  `;
}
