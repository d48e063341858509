// How people and programs get a token: a client's secret, or an external issuer (authorization code with PKCE).
import { call } from './api.js';
import { claimsOf } from './session.js';

const PENDING = 'lakehead.sign-in';

// The session of a service client.
export async function withSecret(clientId, clientSecret) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope: 'openid' });
  const answer = await call('POST', '/ims/token/v3', { body, sandbox: null });
  const claims = claimsOf(answer.access_token);
  return { token: answer.access_token, apiKey: clientId, org: claims.org, until: Date.now() + answer.expires_in * 1000, name: clientId };
}

// Leads to the issuer's own page. What comes back is checked against what is kept here, in this tab alone.
export async function toIssuer(issuer, back) {
  const [state, nonce, verifier] = [random(), random(), random()];
  sessionStorage.setItem(PENDING, JSON.stringify({ issuer, state, nonce, verifier, back }));
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const address = new URL(issuer.authorizationEndpoint);
  Object.entries({
    response_type: 'code', client_id: issuer.clientId, redirect_uri: redirectUri(), scope: issuer.scope,
    state, nonce, code_challenge: base64url(new Uint8Array(hash)), code_challenge_method: 'S256',
  }).forEach(([name, value]) => address.searchParams.set(name, value));
  location.assign(address);
}

// Ends what `toIssuer` began: {session, back}. Throws where the answer is not the one that was asked for.
export async function fromIssuer(query) {
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? 'null');
  sessionStorage.removeItem(PENDING);
  if (!pending || query.state !== pending.state) throw new Error('This sign-in was not begun in this tab. Begin again.');
  if (query.iss && query.iss !== pending.issuer.issuer) throw new Error('The answer comes from another issuer. Begin again.');
  if (!query.code) throw new Error(query.error_description || query.error || 'The issuer gave no code. Begin again.');
  const { issuer } = pending;
  const body = new URLSearchParams({
    grant_type: 'authorization_code', code: query.code, redirect_uri: redirectUri(), client_id: issuer.clientId, code_verifier: pending.verifier,
  });
  const response = await fetch(issuer.tokenEndpoint, { method: 'POST', body, credentials: 'omit', redirect: 'error' }).catch(() => null);
  if (!response) throw new Error('The token endpoint of the issuer cannot be reached from the browser. Its client must allow this address (CORS).');
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error_description || answer.error || `The issuer answered with status ${response.status}.`);
  if (answer.id_token && claimsOf(answer.id_token).nonce !== pending.nonce) throw new Error('The answer belongs to another sign-in. Begin again.');
  const token = [answer.access_token, answer.id_token].find((one) => one && [claimsOf(one).aud].flat().includes(issuer.audience));
  if (!token) throw new Error(`No token of the issuer is for the audience \`${issuer.audience}\`. The operator can change that at the issuer.`);
  const claims = claimsOf(token);
  return {
    session: { token, apiKey: claims.azp ?? claims.client_id ?? issuer.clientId, org: issuer.org, until: claims.exp * 1000, name: claims.name ?? claims.sub },
    back: pending.back,
  };
}

const redirectUri = () => `${location.origin}/ui/sign-in`;
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
