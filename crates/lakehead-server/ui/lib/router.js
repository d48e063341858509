// Which page the address means. Plain links work: a click on <a href="/ui/…"> changes the page without loading.
//
//   navigate('/flows')            go there; {replace: true} leaves no entry in the history
//   useRoute()                    {page, params, query, path, moved}
//   useQuery()                    [{name: value}, set]: filters that are kept in the address
//   path('/flows', {state: 'on'}) '/ui/flows?state=on', for links
import { HOME, PAGES } from '../pages.js';
import { store, useStore } from './store.js';

const BASE = '/ui';
const NOT_FOUND = { path: '', title: 'Not found', open: true, module: () => import('../pages/not_found.js') };

export const route = store(read());

export const path = (page, query = {}) => {
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value != null && value !== '')).toString();
  return BASE + page + (text && `?${text}`);
};

export function navigate(to, { replace = false, query } = {}) {
  const address = to.startsWith(BASE) ? to : path(to, query);
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  moved();
}

export const useRoute = () => useStore(route);

export function useQuery() {
  const { query, path: here } = useRoute();
  const set = (change) => navigate(path(here, { ...query, ...change }), { replace: true });
  return [query, set];
}

function read(hasMoved = false) {
  const address = location.pathname.slice(BASE.length).replace(/\/+$/, '') || HOME;
  const query = Object.fromEntries(new URLSearchParams(location.search));
  for (const page of PAGES) {
    const params = match(page.path, address);
    if (params) return { page, params, query, path: address, moved: hasMoved };
  }
  return { page: NOT_FOUND, params: {}, query, path: address, moved: hasMoved };
}

function match(pattern, address) {
  const [wanted, given] = [pattern.split('/'), address.split('/')];
  if (wanted.length !== given.length) return null;
  const params = {};
  for (let at = 0; at < wanted.length; at += 1) {
    if (wanted[at].startsWith(':')) {
      try {
        params[wanted[at].slice(1)] = decodeURIComponent(given[at]);
      } catch {
        return null;
      }
    } else if (wanted[at] !== given[at]) return null;
  }
  return params;
}

function moved() {
  const before = route.value;
  const now = read(true);
  route.set(now);
  if (before.path !== now.path) window.scrollTo(0, 0);
}

window.addEventListener('popstate', moved);
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute('download')) return;
  const address = new URL(link.href);
  if (address.origin !== location.origin || !`${address.pathname}/`.startsWith(`${BASE}/`)) return;
  if (address.hash && address.pathname === location.pathname) return;
  event.preventDefault();
  navigate(address.pathname + address.search);
});
