// Dialogs for encryption keys: <MakePair …/> makes a pair, <ShareKey …/> takes the public key of a signer, <PublicKey shown=${key} …/> shows one.
// The first two are given {open, onClose, onDone(text, key)}.
import { FormDialog } from './form_dialog.js';
import { Button } from '../../components/button.js';
import { CodeBlock } from '../../components/code_block.js';
import { Dialog } from '../../components/dialog.js';
import { Input } from '../../components/input.js';
import { Textarea } from '../../components/textarea.js';
import { call } from '../../lib/api.js';
import { save } from '../../lib/download.js';
import { html, useState } from '../../lib/html.js';

export const BASE = '/data/foundation/connectors/encryption';

// When a key expires, epoch milliseconds.
export const endOf = (key) => (key.expiryTime ? Number(key.expiryTime) * 1000 : null);

export function MakePair({ open, onClose, onDone }) {
  const [name, setName] = useState('');
  const [phrase, setPhrase] = useState('');
  const create = async () => {
    const key = await call('POST', `${BASE}/keys`, { body: { name: name.trim(), encryptionAlgorithm: 'PGP', params: { passPhrase: phrase } }, secrets: [phrase] });
    setName('');
    setPhrase('');
    onDone('Key pair made', { ...key, name: name.trim() });
  };
  return html`
    <${FormDialog} open=${open} title="New key pair" action="Create" onSubmit=${create} onClose=${onClose} disabled=${!name.trim() || !phrase}>
      <${Input} label="Name" value=${name} onInput=${setName} required />
      <${Input} label="Passphrase" value=${phrase} onInput=${setPhrase} required secret autocomplete="new-password" help="Protects the private key, which never leaves the server. It cannot be read again." />
    <//>
  `;
}

export function ShareKey({ open, onClose, onDone }) {
  const [name, setName] = useState('');
  const [key, setKey] = useState('');
  // The service takes Base64; people have the armoured text.
  const encoded = () => (key.includes('-----BEGIN') ? btoa(key.trim()) : key.replace(/\s+/g, ''));
  const share = async () => {
    const { publicKeyId } = await call('POST', `${BASE}/customer-keys`, { body: { name: name.trim(), encryptionAlgorithm: 'PGP', publicKey: encoded() } });
    setName('');
    setKey('');
    onDone('Key shared', { publicKeyId, name: name.trim() });
  };
  return html`
    <${FormDialog} wide open=${open} title="Share a public key" action="Share" onSubmit=${share} onClose=${onClose} disabled=${!name.trim() || !key.trim()}>
      <${Input} label="Name" value=${name} onInput=${setName} required help="Whose signatures are checked with it." />
      <${Textarea} label="Public key" value=${key} onInput=${setKey} required mono rows=${8} help="As gpg --armor --export writes it, or in Base64." />
    <//>
  `;
}

export function PublicKey({ shown, onClose }) {
  const armoured = textOf(shown?.publicKey);
  const actions = html`<${Button} icon="download" onClick=${() => save(armoured, `${shown.name.replace(/[^\w.-]+/g, '_')}.asc`)}>Download<//><${Button} primary onClick=${onClose}>Done<//>`;
  return html`
    <${Dialog} wide open=${Boolean(shown)} title=${`Public key of ${shown?.name}`} onClose=${onClose} actions=${actions}>
      ${shown && html`<div class="stack">
        <p>Whoever encrypts files imports it: <code>gpg --import</code>, then <code>gpg --encrypt --recipient …</code>. Flows name it by <code>${shown.publicKeyId}</code>.</p>
        <${CodeBlock} label="Public key" text=${armoured} />
      </div>`}
    <//>
  `;
}

function textOf(key) {
  try {
    const text = atob(key ?? '');
    return text.startsWith('-----BEGIN') ? text : key;
  } catch {
    return key ?? '';
  }
}
