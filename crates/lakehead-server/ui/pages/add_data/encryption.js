// <Encryption encryption onChange example />: whether the files are encrypted with OpenPGP, for which key of the sandbox, and whose
// signature they must have. `encryption` is null or {key: {id, name}, signer: {id, name} | null, sample: path}.
// The API shows no rows of encrypted files: nobody could say that what is shown was not changed before the whole file is
// decrypted. Columns and rows come from an unencrypted sample instead.
import { BASE, MakePair, PublicKey, ShareKey, endOf } from '../admin/key_dialogs.js';
import { Button } from '../../components/button.js';
import { ErrorBox } from '../../components/error_box.js';
import { Input } from '../../components/input.js';
import { Select } from '../../components/select.js';
import { Toggle } from '../../components/toggle.js';
import { call } from '../../lib/api.js';
import { html, useEffect, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { path } from '../../lib/router.js';
import { selects } from '../../lib/wildcard.js';

const NOTHING = { key: null, signer: null, sample: '' };

export const looksEncrypted = (name) => /\.(gpg|pgp)$/i.test(name ?? '');

export function Encryption({ source, onChange }) {
  const { encryption } = source;
  return html`
    <${Toggle} label="The files are encrypted" checked=${Boolean(encryption)} onChange=${(on) => onChange(on ? NOTHING : null)} help="With OpenPGP, for a key of this sandbox." />
    ${!encryption && looksEncrypted(source.path) && html`<p class="notice">The path names encrypted files: switch this on, so that runs decrypt them.</p>`}
    ${encryption && html`<${Details} source=${source} encryption=${encryption} put=${(partial) => onChange({ ...encryption, ...partial })} />`}
  `;
}

function Details({ source, encryption, put }) {
  const [making, setMaking] = useState('');
  const [shown, setShown] = useState(null);
  const pairs = useLoad((signal) => call('GET', `${BASE}/keys`, { signal }), []);
  const signers = useLoad((signal) => call('GET', `${BASE}/customer-keys`, { signal }), []);
  const usable = pairs.data?.filter((key) => !endOf(key) || endOf(key) > Date.now());
  const picked = (list, id) => (id ? { id, name: list.find((key) => key.publicKeyId === id)?.name ?? id } : null);
  // With one key there is nothing to choose.
  useEffect(() => {
    if (!encryption.key && usable?.length === 1) put({ key: picked(usable, usable[0].publicKeyId) });
  }, [pairs.data]);
  const made = (name, list) => (_, key) => {
    setMaking('');
    list.reload();
    if (name === 'key') setShown(key);
    put({ [name]: { id: key.publicKeyId, name: key.name } });
  };
  const options = (list, chosen) => {
    const known = (list ?? []).map((key) => [key.publicKeyId, key.name]);
    return chosen && !known.some(([id]) => id === chosen.id) ? [[chosen.id, chosen.name], ...known] : known;
  };
  const sample = encryption.sample.trim();
  return html`
    <div class="encryption" role="group" aria-label="Encryption">
      <${ErrorBox} error=${pairs.error ?? signers.error} onRetry=${pairs.error ? pairs.reload : signers.reload} />
      <div class="with-button">
        <${Select} label="Encrypted for the key" required value=${encryption.key?.id} empty="Choose a key…" options=${options(usable, encryption.key)} onChange=${(id) => put({ key: picked(usable, id) })}
          help=${usable?.length === 0 ? 'This sandbox has no key yet. Make a pair and give its public half to whoever encrypts the files.' : undefined} />
        <${Button} icon="plus" onClick=${() => setMaking('key')}>New key pair<//>
      </div>
      <div class="with-button">
        <${Select} label="Signed by" value=${encryption.signer?.id} empty="Anybody: signatures are not checked" options=${options(signers.data, encryption.signer)} onChange=${(id) => put({ signer: picked(signers.data, id) })} />
        <${Button} icon="plus" onClick=${() => setMaking('signer')}>Share a public key<//>
      </div>
      <${Input} label="Unencrypted sample" required value=${encryption.sample} onInput=${(text) => put({ sample: text })} autocomplete="off" placeholder="/bucket/samples/few-rows.csv"
        help="A small file with the same columns, reached through the same account: columns, schema and mapping are taken from it. Choose it in the tree, or type its path." />
      ${sample && selects(source, sample) && html`<p class="notice">The sample is among the files that are read: runs would refuse it, because it is not encrypted. Put it elsewhere, or read by a pattern such as <code>*.gpg</code>.</p>`}
      <p class="hint">Encrypted files are read from one folder, without those below it; each has at most 1 GiB. <a href=${path('/admin/keys')} target="_blank">All encryption keys</a></p>
      <${MakePair} open=${making === 'key'} onClose=${() => setMaking('')} onDone=${made('key', pairs)} />
      <${ShareKey} open=${making === 'signer'} onClose=${() => setMaking('')} onDone=${made('signer', signers)} />
      <${PublicKey} shown=${shown} onClose=${() => setShown(null)} />
    </div>
  `;
}

// Why one cannot go on.
export function lackingFor(encryption) {
  if (!encryption) return '';
  if (!encryption.key) return 'Choose the key that the files are encrypted for.';
  return encryption.sample.trim() ? '' : 'Choose an unencrypted sample.';
}
