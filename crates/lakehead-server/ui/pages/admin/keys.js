// Keys for files that are encrypted before they are put into a storage: pairs to decrypt with, and public keys that signatures are checked with.
import { Guard } from './guard.js';
import { BASE, MakePair, PublicKey, ShareKey, endOf } from './key_dialogs.js';
import { Button } from '../../components/button.js';
import { DataTable } from '../../components/data_table.js';
import { confirm } from '../../components/dialog.js';
import { EmptyState } from '../../components/empty_state.js';
import { Page } from '../../components/page.js';
import { StateBadge } from '../../components/state_badge.js';
import { Tabs } from '../../components/tabs.js';
import { Time } from '../../components/time.js';
import { toast } from '../../components/toast.js';
import { call } from '../../lib/api.js';
import { html, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { useQuery } from '../../lib/router.js';

const WARN_MS = 30 * 86_400_000;

export default function Keys() {
  return html`<${Page} title="Encryption keys" subtitle="Files can be encrypted with OpenPGP for a key of this sandbox; flows that name the key decrypt them.">
    <${Guard} permission="view-sources" also=${['manage-sources']} to="see encryption keys">${(may) => html`<${Parts} mayChange=${may.has('manage-sources')} />`}<//>
  <//>`;
}

function Parts({ mayChange }) {
  const [{ tab = 'pairs' }, setQuery] = useQuery();
  const read = (name) => useLoad((signal) => call('GET', `${BASE}/${name}`, { signal }), []);
  const [pairs, signers] = [read('keys'), read('customer-keys')];
  return html`<${Tabs} label="Kinds of keys" selected=${tab} onSelect=${(one) => setQuery({ tab: one === 'pairs' ? '' : one })} tabs=${[
    { id: 'pairs', title: 'Key pairs', count: pairs.data?.length, panel: () => html`<${List} kind=${PAIRS} list=${pairs} mayChange=${mayChange} />` },
    { id: 'signers', title: 'Keys of signers', count: signers.data?.length, panel: () => html`<${List} kind=${SIGNERS} list=${signers} mayChange=${mayChange} />` },
  ]} />`;
}

const PAIRS = {
  path: `${BASE}/keys`, label: 'Key pairs', action: 'New key pair', make: MakePair,
  empty: 'Make a pair, give its public half to whoever encrypts files, and name it in the flow.',
  warning: 'Files that are encrypted for it can never be read again.',
};
const SIGNERS = {
  path: `${BASE}/customer-keys`, label: 'Keys of signers', action: 'Share a public key', make: ShareKey,
  empty: 'A flow that names such a key refuses files that its owner has not signed.',
  warning: 'Signatures of its owner are not recognised any more.',
};

function List({ kind, list, mayChange }) {
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState(null);
  const done = (text, key) => { setMaking(false); setMade(key?.publicKey ? key : null); toast(text); list.reload(); };
  const remove = async (key) => {
    if (!(await confirm({ title: `Delete ${key.name}?`, text: kind.warning, action: 'Delete the key', danger: true }))) return;
    await call('DELETE', `${kind.path}/${encodeURIComponent(key.publicKeyId)}`).then(() => done('Key deleted'), (error) => toast(error.message, 'bad'));
  };
  const columns = [
    { key: 'name', title: 'Name', render: (row) => html`<span class="strong">${row.name}</span>` },
    { key: 'id', title: 'Id', render: (row) => html`<code>${row.publicKeyId}</code>` },
    { key: 'algorithm', title: 'Kind', render: (row) => row.encryptionAlgorithm },
    { key: 'state', title: 'State', render: (row) => html`<${KeyState} end=${endOf(row)} />` },
    { key: 'end', title: 'Valid until', render: (row) => (endOf(row) ? html`<${Time} absolute ms=${endOf(row)} />` : 'no end') },
    { key: 'acts', title: 'Actions', render: (row) => html`<span class="row tight">
      <${Button} small icon="eye" aria-label=${`Show the public key of ${row.name}`} onClick=${() => setMade(row)}>Public key<//>
      ${mayChange && html`<${Button} small danger aria-label=${`Delete ${row.name}`} onClick=${() => remove(row)}>Delete<//>`}</span>` },
  ];
  return html`
    <div class="stack">
      ${mayChange ? html`<div class="actions"><${Button} primary icon="plus" onClick=${() => setMaking(true)}>${kind.action}<//></div>`
        : html`<p class="hint">To make or delete keys you need the permission <code>manage-sources</code>.</p>`}
      <${DataTable} label=${kind.label} columns=${columns} rows=${list.data} rowKey=${(row) => row.publicKeyId} loading=${list.loading} error=${list.error} onRetry=${list.reload}
        empty=${html`<${EmptyState} icon="key" title="No keys yet">${kind.empty}<//>`} />
      <${kind.make} open=${making} onClose=${() => setMaking(false)} onDone=${done} />
      <${PublicKey} shown=${made} onClose=${() => setMade(null)} />
    </div>
  `;
}

function KeyState({ end }) {
  if (end && end < Date.now()) return html`<${StateBadge} state="failed">expired<//>`;
  if (end && end - Date.now() < WARN_MS) return html`<${StateBadge} state="warning">ends soon<//>`;
  return html`<${StateBadge} state="active" />`;
}
