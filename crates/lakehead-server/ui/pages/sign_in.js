// Sign in: with the secret of a client, or with the issuers that the operator configured.
import { Button } from '../components/button.js';
import { ErrorBox } from '../components/error_box.js';
import { Input } from '../components/input.js';
import { Icon } from '../components/icon.js';
import { CodeBlock } from '../components/code_block.js';
import { call } from '../lib/api.js';
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { navigate, path } from '../lib/router.js';
import { returnPath, session, signIn } from '../lib/session.js';
import { fromIssuer, toIssuer, withSecret } from '../lib/sign_in.js';

export default function SignIn({ query }) {
  const [values, setValues] = useState({ id: '', secret: '' });
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const form = useRef(null);
  const { data: settings } = useLoad((signal) => call('GET', '/ui/settings.json', { signal, sandbox: null }), []);
  const enter = (found, back) => {
    signIn(found);
    navigate(returnPath(back), { replace: true });
  };
  const attempt = async (what) => {
    setBusy(true);
    setError(null);
    try {
      await what();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  useEffect(() => {
    if (query.state) {
      // The code is of no use to anybody after this, but it need not stay in the address.
      history.replaceState(null, '', path('/sign-in'));
      attempt(async () => {
        const found = await fromIssuer(query);
        enter(found.session, found.back);
      });
    } else if (session.value) navigate(returnPath(query.back), { replace: true });
    else form.current?.querySelector('input')?.focus();
  }, []);
  const submit = (event) => {
    event.preventDefault();
    attempt(async () => enter(await withSecret(values.id.trim(), values.secret.trim()), query.back));
  };
  const issuers = settings?.issuers ?? [];
  return html`
    <div class="sign-in">
      <div class="sign-in-card">
        <p class="brand large"><${Icon} name="waves" />Lakehead</p>
        <h1 tabindex="-1">Sign in</h1>
        ${query.ended && !error && html`<p class="notice" role="status">Your session has ended. Sign in to go on where you were.</p>`}
        ${error && html`<${ErrorBox} error=${error} />`}
        ${issuers.map((issuer) => html`
          <${Button} wide disabled=${busy} onClick=${() => attempt(() => toIssuer(issuer, query.back))}>Continue with ${new URL(issuer.issuer).host}<//>`)}
        ${issuers.length > 0 && html`<p class="or"><span>or with a client</span></p>`}
        <form ref=${form} onSubmit=${submit}>
          <${Input} label="Client ID" required value=${values.id} autocomplete="username" onInput=${(id) => setValues({ ...values, id })} />
          <${Input} label="Client secret" required secret value=${values.secret} autocomplete="current-password" onInput=${(secret) => setValues({ ...values, secret })} />
          <${Button} primary wide type="submit" busy=${busy}>Sign in<//>
        </form>
        <details>
          <summary>I have no client yet</summary>
          <p class="hint">An operator makes one where the server runs. The secret is shown once.</p>
          <${CodeBlock} text="lakehead client create --data-dir ./lakehead-data --name my-client" label="Command" />
        </details>
      </div>
    </div>
  `;
}
