// Who is signed in: {token, apiKey, org, until, name}. The token is in memory and in the tab's session storage, never in
// local storage and never in an address. Signing out or the end of the token leads to the sign-in page and back.
import { navigate, path, route } from './router.js';
import { store } from './store.js';

const KEY = 'lakehead.session';
const SANDBOX = 'lakehead.sandbox';

const kept = (storage, key) => {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
};
const keep = (storage, key, value) => {
  try {
    if (value == null) storage.removeItem(key);
    else storage.setItem(key, value);
  } catch {
    // Storage may be switched off; memory has to do.
  }
};

export const session = store(restore());
export const sandbox = store(kept(sessionStorage, SANDBOX) ?? kept(localStorage, SANDBOX) ?? 'prod');

function restore() {
  try {
    const found = JSON.parse(kept(sessionStorage, KEY));
    return found?.until > Date.now() ? found : null;
  } catch {
    return null;
  }
}

let timer;
function watch() {
  clearTimeout(timer);
  const left = session.value ? session.value.until - Date.now() : 0;
  // Timers cannot be longer than about 24 days.
  if (left > 0) timer = setTimeout(() => (left > 2e9 ? watch() : ended()), Math.min(left, 2e9));
}
watch();

export function signIn(found) {
  keep(sessionStorage, KEY, JSON.stringify(found));
  session.set(found);
  watch();
}

export function signOut() {
  keep(sessionStorage, KEY, null);
  session.set(null);
  navigate('/sign-in');
}

// The token holds no more: sign in and come back here.
export function ended() {
  keep(sessionStorage, KEY, null);
  session.set(null);
  toSignIn({ ended: 1 });
}

export function toSignIn(more = {}) {
  if (route.value.page.path === '/sign-in') return;
  const back = location.pathname + location.search;
  navigate(path('/sign-in', { back, ...more }), { replace: true });
}

// Only addresses of this interface are gone back to.
export const returnPath = (back) => (/^\/ui\/(?!sign-in)[^\\]*$/.test(back ?? '') ? back : '/ui/');

export function chooseSandbox(name) {
  keep(sessionStorage, SANDBOX, name);
  keep(localStorage, SANDBOX, name);
  sandbox.set(name);
}

// What a token says. It is proved by the server at each call; here it only tells how to call.
export function claimsOf(token) {
  try {
    const text = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0))));
  } catch {
    return {};
  }
}
