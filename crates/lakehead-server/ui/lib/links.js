// Links to pages that may not be there yet: nothing leads to a page that is not in the table of pages.
import { path } from './router.js';
import { PAGES } from '../pages.js';

// pageLink('/datasets/:id', {id}) is the address, or undefined.
export function pageLink(page, params = {}, query = {}) {
  if (!PAGES.some((one) => one.path === page)) return undefined;
  return path(page.replace(/:(\w+)/g, (whole, name) => encodeURIComponent(params[name])), query);
}
