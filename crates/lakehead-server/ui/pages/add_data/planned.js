// planned(account, source, signal): the files that a first run would take, by exploring what was selected:
// {files, bytes (null where the source does not tell), complete: whether all of them were looked at}
import { FLOW, send } from '../../lib/api.js';

const MOST_FILES = 1000;
const MOST_CALLS = 40;
const PAGE = 1000;

export async function planned(account, source, signal) {
  const found = { files: 0, bytes: 0, complete: true };
  const isPattern = /[*?]/.test(source.path);
  const start = source.type === 'file' && !isPattern ? source.path.replace(/[^/]*$/, '') : folderOf(source.path);
  const fits = fitting(source, isPattern);
  const waiting = [{ folder: start }];
  for (let calls = 0; waiting.length; calls += 1) {
    if (calls >= MOST_CALLS || found.files >= MOST_FILES) return { ...found, complete: false };
    const { folder, next } = waiting.shift();
    const query = folder && folder !== '/' ? { objectType: 'folder', object: folder, limit: PAGE } : { objectType: 'root', limit: PAGE };
    const answer = await send('GET', next ?? `${FLOW}/connections/${account}/explore`, { query: next ? undefined : query, signal });
    for (const entry of answer.body) {
      if (entry.type === 'file' && fits.file(entry.path)) {
        found.files += 1;
        found.bytes = found.bytes === null || entry.size === undefined ? null : found.bytes + entry.size;
        if (source.type === 'file' && !isPattern) return found;
      } else if (entry.type === 'folder' && fits.folder(entry.path)) waiting.push({ folder: entry.path });
    }
    const following = followingOf(answer.headers.get('link'));
    if (following) waiting.unshift({ folder, next: following });
  }
  return found;
}

// The part before the first segment with a wildcard.
const folderOf = (path) => (/[*?]/.test(path) ? path.slice(0, path.search(/[^/]*[*?]/)) : path.endsWith('/') || path === '' ? path : `${path}/`);

function followingOf(link) {
  const found = /<([^>]+)>\s*;\s*rel="next"/.exec(link ?? '');
  if (!found) return null;
  const url = new URL(found[1], location.origin);
  return url.pathname + url.search;
}

const bare = (path) => path.replace(/^\//, '');

// Which files are taken, and which folders are looked into.
function fitting(source, isPattern) {
  const wanted = bare(source.path);
  if (!isPattern) return { file: source.type === 'file' ? (path) => bare(path) === wanted : () => true, folder: () => source.type !== 'file' && source.recursive };
  const segments = wanted.split('/');
  const last = segments.pop();
  const matches = (pattern, text) => new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 's').test(text);
  const leads = (parts) => parts.slice(0, segments.length).every((part, at) => matches(segments[at], part));
  return {
    file: (path) => {
      const parts = bare(path).split('/');
      const name = parts.pop();
      return (source.recursive ? parts.length >= segments.length : parts.length === segments.length) && leads(parts) && matches(last, name);
    },
    folder: (path) => {
      const parts = bare(path).replace(/\/$/, '').split('/');
      return leads(parts) && (source.recursive || parts.length <= segments.length);
    },
  };
}
