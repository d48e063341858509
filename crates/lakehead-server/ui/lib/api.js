// The one way to the server. Every call is kept for "As API calls".
//
//   await call('GET', `${FLOW}/flows`, {query: {limit: 20}})   the parsed body; throws ApiError
//   await send(method, path, options)                           {body, etag, status, headers}
//   options: query, body (object, or FormData/Blob/text as it is), headers, ifMatch (an etag), signal,
//            sandbox (a name, or null for calls that have none), secrets (values that are not shown as API calls)
//   for await (const items of pages(path, {query}))             page by page, by `_links.next`
//   await all(path, {query, most: 1000})                        the items of all pages, up to a limit
import { noted } from './calls.js';
import { ended, sandbox, session } from './session.js';

export const FLOW = '/data/foundation/flowservice';
export const CATALOG = '/data/foundation/catalog';
export const REGISTRY = '/data/foundation/schemaregistry';
export const CONVERSION = '/data/foundation/conversion';
export const EXPORT = '/data/foundation/export';
export const IMPORT = '/data/foundation/import';
export const SANDBOXES = '/data/foundation/sandbox-management';
export const ACCESS = '/data/foundation/access-control';
export const AUDIT = '/data/foundation/audit';

export class ApiError extends Error {
  constructor({ status, title, detail, code, requestId, advice, body }) {
    super(detail || title);
    Object.assign(this, { name: 'ApiError', status, title, detail, code, requestId, advice, body });
  }
}

export async function call(method, path, options = {}) {
  return (await send(method, path, options)).body;
}

export async function send(method, path, options = {}) {
  const url = withQuery(path, options.query);
  const isPlain = options.body !== undefined && (options.body === null || Object.getPrototypeOf(options.body) === Object.prototype || Array.isArray(options.body));
  const headers = { ...identity(options.sandbox), ...options.headers };
  if (isPlain) headers['content-type'] ??= 'application/json';
  if (options.ifMatch) headers['if-match'] = options.ifMatch;
  const body = isPlain ? JSON.stringify(options.body) : options.body;
  const note = noted({ method, url, headers, body: options.body, secrets: options.secrets });
  let response;
  try {
    response = await fetch(url, { method, headers, body, signal: options.signal, cache: 'no-store', redirect: 'error' });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    note(0);
    throw new ApiError({ status: 0, title: 'The server does not answer', detail: 'Check that it runs and that the network is up, then try again.' });
  }
  note(response.status);
  const parsed = await read(response);
  if (!response.ok) throw problem(response, parsed);
  return { body: parsed, etag: response.headers.get('etag'), status: response.status, headers: response.headers };
}

export async function* pages(path, options = {}) {
  let next = withQuery(path, options.query);
  while (next) {
    const body = await call('GET', next, { ...options, query: undefined });
    yield body.items ?? body.results ?? body.data ?? [];
    next = nextOf(body);
  }
}

export async function all(path, options = {}) {
  const found = [];
  for await (const items of pages(path, options)) {
    found.push(...items);
    if (found.length >= (options.most ?? 10_000)) break;
  }
  return found;
}

// The path of the next page, from `_links.next`. Links in answers are absolute, those of Flow Service begin below its base.
export function nextOf(body) {
  const href = body?._links?.next?.href;
  if (!href) return null;
  const url = new URL(/^\/(?!data\/)/.test(href) ? FLOW + href : href, location.origin);
  return url.pathname + url.search;
}

function identity(chosen) {
  const now = session.value;
  const headers = {};
  if (now) Object.assign(headers, { authorization: `Bearer ${now.token}`, 'x-api-key': now.apiKey, 'x-gw-ims-org-id': now.org });
  const name = chosen === undefined ? sandbox.value : chosen;
  if (now && name) headers['x-sandbox-name'] = name;
  return headers;
}

// A list as a value is repeated: {property: ['a==1', 'b==2']}.
function withQuery(path, query) {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  const text = new URLSearchParams(pairs.filter(([, value]) => value != null && value !== '')).toString();
  return text ? `${path}${path.includes('?') ? '&' : '?'}${text}` : path;
}

async function read(response) {
  const type = response.headers.get('content-type') ?? '';
  if (response.status === 204 || response.status === 304) return null;
  if (type.includes('json') && !type.includes('ndjson')) return response.json().catch(() => null);
  if (type.startsWith('text/') || type.includes('ndjson') || !response.ok) return response.text();
  return response.blob();
}

// Services document different shapes of a failure; a page sees one.
function problem(response, body) {
  const { status } = response;
  const said = typeof body === 'object' && body ? body : { detail: String(body ?? '').slice(0, 500) };
  const detail = said.detail ?? said.report?.['detailed-message'] ?? said.errorMessage ?? said.error_description
    ?? said.message ?? said.error?.message ?? (typeof said.error === 'string' ? said.error : undefined);
  const code = said.error_code ?? /[A-Z]+-\d+-\d+$/.exec(said.type ?? '')?.[0] ?? said.error?.type ?? String(status);
  const requestId = response.headers.get('x-request-id') ?? said.report?.['request-id'];
  const isToken = status === 401 && session.value && !response.url.includes('/ims/token');
  if (isToken) ended();
  const title = said.title && said.title !== detail ? said.title : titleOf(status);
  return new ApiError({ status, title, detail: detail ?? '', code, requestId, advice: adviceOf(status), body });
}

function titleOf(status) {
  if (status === 401) return 'You are not signed in';
  if (status === 403) return 'You may not do this';
  if (status === 404) return 'This does not exist';
  if (status === 409 || status === 412) return 'Somebody else has changed this';
  if (status === 429) return 'Too many requests';
  return status >= 500 ? 'The server could not do this' : 'This was refused';
}

function adviceOf(status) {
  if (status === 403) return 'Ask an administrator for a role with this permission, or choose another sandbox.';
  if (status === 404) return 'It may have been deleted, or it is in another sandbox.';
  if (status === 412) return 'Load the page again and repeat your change.';
  if (status === 429 || status === 503 || status === 504) return 'Wait a moment and try again.';
  if (status >= 500) return 'Try again; if it stays, give the request id to the operator.';
  return '';
}
