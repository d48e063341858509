// Makes something once, though the answer may be lost on its way: a request whose answer did not come is sent again as it was,
// with its `Idempotency-Key`, and the server answers what it answered then.
//
//   const id = await makeOnce(state, keep, {body, from, send, remove})
//   await takeBack(state, keep, {send, remove})      what was made goes, also where its answer was lost
//   state    what was kept: nothing, {from, pending: {key, body}} for a request without an answer, or {from, id}
//   keep     is told of every change of it, before and after the request
//   from     what the thing is made of, as text; where it is another than that of `state`, the former thing goes (`remove`) and
//            one is made anew
//   send     (body, headers) => the id of what was made
import { call } from './api.js';

export async function makeOnce(state, keep, { body, from = JSON.stringify(body), send, remove }) {
  if (state?.id && state.from === from) return state.id;
  const same = state?.from === from ? state : null;
  if (state && !same) await takeBack(state, keep, { send, remove });
  return sent({ from, pending: same?.pending ?? { key: randomKey(), body } }, keep, send);
}

// What became of a request without an answer has to be known first: it may have made something.
export async function takeBack(state, keep, { send, remove }) {
  const known = state?.pending ? await settled(state, keep, send) : state;
  if (known?.id) await remove?.(known.id);
  keep(null);
}

// Posts JSON; `idOf` takes the id out of the answer.
export const posted = (path, { idOf = (answer) => answer.id, ...options } = {}) => async (body, headers) => idOf(await call('POST', path, { ...options, body, headers: { ...options.headers, ...headers } }));

// What a change has made useless. It does no harm where it stays.
export const removed = (path) => (id) => call('DELETE', `${path}/${encodeURIComponent(id)}`).catch(() => null);

async function sent({ from, pending }, keep, send) {
  keep({ from, pending });
  try {
    const id = await send(pending.body, { 'idempotency-key': pending.key });
    keep({ from, id });
    return id;
  } catch (error) {
    if (isDecided(error)) keep(null);
    throw error;
  }
}

async function settled(state, keep, send) {
  try {
    return { from: state.from, id: await sent(state, keep, send) };
  } catch (error) {
    // A request that breaks the server every time must not stand in the way for ever.
    if (!isDecided(error) && error.status !== 500) throw error;
    keep(null);
    return null;
  }
}

// Refused for what it says: it has made nothing, and never will.
const isDecided = ({ status }) => status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);

// Also where pages are served without TLS, which have no `crypto.randomUUID`.
const randomKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
