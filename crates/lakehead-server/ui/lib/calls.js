// The last calls, as `curl` commands that a person can copy. What is secret never gets in here: it is replaced when the
// call is noted, not when it is shown.
import { store } from './store.js';

const MOST = 100;
// In place of bytes that are not shown.
const FILE = '@FILE';
const LONGEST_BODY = 20_000;
// Members whose values are secret wherever they are.
const SECRET = /secret|password|passphrase|privatekey|private_key|accountkey|accesskey$|securitytoken|sessiontoken|connectionstring|sasuri|token$/i;

// {id, page, method, url, headers: [[name, value]], body, status, ms, at}
export const calls = store([]);
let count = 0;

// Notes a call and answers the function that notes how it ended.
export function noted({ method, url, headers, body, secrets = [] }) {
  count += 1;
  const entry = {
    id: count,
    page: location.pathname,
    method,
    url,
    headers: Object.entries(headers).map(([name, value]) => [name, headerValue(name, value)]),
    body: shownBody(body, secrets.filter(Boolean)),
    status: null,
    ms: null,
    at: Date.now(),
  };
  calls.set([...calls.value.slice(1 - MOST), entry]);
  const started = performance.now();
  return (status) => {
    const ended = { ...entry, status, ms: Math.round(performance.now() - started) };
    calls.set(calls.value.map((one) => (one.id === entry.id ? ended : one)));
  };
}

const VARIABLES = { authorization: 'Bearer $ACCESS_TOKEN', 'x-api-key': '$API_KEY', 'x-gw-ims-org-id': '$ORG', 'x-sandbox-name': '$SANDBOX' };
const headerValue = (name, value) => VARIABLES[name] ?? value;

function shownBody(body, secrets) {
  if (body === undefined || body === null) return null;
  if (body instanceof URLSearchParams) {
    return [...body].map(([name, value]) => `${name}=${SECRET.test(name) ? variable(name) : value}`).join('&');
  }
  if (body instanceof Blob || body instanceof FormData || body instanceof ArrayBuffer) return FILE;
  if (typeof body === 'string') return body.length > LONGEST_BODY ? FILE : hide(body, secrets);
  const text = JSON.stringify(body, (name, value) => (typeof value === 'string' && SECRET.test(name) ? variable(name) : value), 2);
  return hide(text, secrets);
}

// A secret stands as the name of a variable between two characters that no text has: `$HOME` in somebody's data stays as it is.
const marked = (name) => `\uE000${name}\uE001`;
const MARKED = /\uE000(\w+)\uE001/g;
const hide = (text, secrets) => secrets.reduce((shown, secret) => shown.replaceAll(JSON.stringify(secret).slice(1, -1), marked('SECRET')), text);
const variable = (name) => marked(name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/\W/g, '_').toUpperCase());

// The command of a call for a POSIX shell, with $BASE for the server.
export function curlOf(entry) {
  const lines = [`curl -s${entry.method === 'GET' ? '' : ` -X ${entry.method}`} "$BASE${doubleQuoted(entry.url)}"`];
  for (const [name, value] of entry.headers) {
    lines.push(VARIABLES[name] ? `-H "${name}: ${value}"` : `-H ${singleQuoted(`${name}: ${value}`)}`);
  }
  if (entry.body) lines.push(entry.body === FILE ? `--data-binary ${FILE}` : `--data-raw ${withVariables(entry.body)}`);
  return lines.join(' \\\n  ');
}

// What has to be said once before the commands work.
export const preamble = (session, sandbox) => [
  `BASE='${location.origin}'`,
  `ORG=${singleQuoted(session?.org ?? '')}`,
  `API_KEY=${singleQuoted(session?.apiKey ?? '')}`,
  `SANDBOX=${singleQuoted(sandbox)}`,
  'ACCESS_TOKEN=$(curl -s "$BASE/ims/token/v3" -d grant_type=client_credentials \\',
  '  -d client_id="$API_KEY" -d client_secret="$CLIENT_SECRET" | sed \'s/.*"access_token":"\\([^"]*\\)".*/\\1/\')',
].join('\n');

const singleQuoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const doubleQuoted = (text) => text.replace(/["\\$`]/g, '\\$&');
// Secrets stand as variables inside of single quotes: the quotes end around them.
const withVariables = (text) => singleQuoted(text).replace(MARKED, (found, name) => `'"$${name}"'`);
