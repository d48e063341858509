// planned(account, source, signal): the files that a first run would take, by exploring what was selected:
// {files, bytes (null where the source does not tell), complete: whether all of them were looked at}
import { FLOW, send } from '../../lib/api.js';
import { folderOf, isPattern, segmentMatches, selects } from '../../lib/wildcard.js';

const MOST_FILES = 1000;
const MOST_CALLS = 40;
const PAGE = 1000;

export async function planned(account, source, signal) {
  const found = { files: 0, bytes: 0, complete: true };
  const one = source.type === 'file' && !isPattern(source.path);
  const waiting = [{ folder: folderOf(source) }];
  for (let calls = 0; waiting.length; calls += 1) {
    if (calls >= MOST_CALLS || found.files >= MOST_FILES) return { ...found, complete: false };
    const { folder, next } = waiting.shift();
    const query = folder && folder !== '/' ? { objectType: 'folder', object: folder, limit: PAGE } : { objectType: 'root', limit: PAGE };
    const answer = await send('GET', next ?? `${FLOW}/connections/${account}/explore`, { query: next ? undefined : query, signal });
    for (const entry of answer.body) {
      if (entry.type === 'file' && selects(source, entry.path)) {
        found.files += 1;
        found.bytes = found.bytes === null || entry.size === undefined ? null : found.bytes + entry.size;
        if (one) return found;
      } else if (entry.type === 'folder' && leads(source, entry.path)) waiting.push({ folder: entry.path });
    }
    const following = followingOf(answer.headers.get('link'));
    if (following) waiting.unshift({ folder, next: following });
  }
  return found;
}

function followingOf(link) {
  const found = /<([^>]+)>\s*;\s*rel="next"/.exec(link ?? '');
  if (!found) return null;
  const url = new URL(found[1], location.origin);
  return url.pathname + url.search;
}

// Which folders are looked into: those that lead to something that is selected.
function leads(source, path) {
  if (!isPattern(source.path)) return source.type !== 'file' && source.recursive;
  const parts = (text) => text.replace(/^\//, '').replace(/\/$/, '').split('/');
  const wanted = parts(source.path).slice(0, -1);
  const given = parts(path);
  return (source.recursive || given.length <= wanted.length)
    && given.slice(0, wanted.length).every((part, at) => segmentMatches(wanted[at], part));
}
