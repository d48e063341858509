// What there is in a source, by exploring it.
//
//   level(account, folder, next)     one page of a folder ('' or '/' is the beginning of the account): {entries, next}
//   collect(account, folder, below)  files below a folder for trying out a pattern: {files, folders, complete}
import { FLOW, send } from '../../lib/api.js';

const LEVEL_ENTRIES = 200;
// Enough to see whether a pattern is right; a run itself lists everything.
const MOST_CALLS = 24;
const MOST_FILES = 3000;
const COLLECT_ENTRIES = 1000;
// Folders that are looked into for files that a pattern just misses.
const PEEKED_FOLDERS = 4;

export async function level(account, folder, next, signal, limit = LEVEL_ENTRIES) {
  const query = folder && folder !== '/' ? { objectType: 'folder', object: folder, limit } : { objectType: 'root', limit };
  const answer = await send('GET', next ?? `${FLOW}/connections/${account}/explore`, { query: next ? undefined : query, signal });
  return { entries: answer.body, next: nextOf(answer.headers.get('link')) };
}

// The documented answer is a plain array, so the next page is in the header.
function nextOf(link) {
  const found = /<([^>]+)>\s*;\s*rel="next"/.exec(link ?? '');
  if (!found) return null;
  const url = new URL(found[1], location.origin);
  return url.pathname + url.search;
}

export async function collect(account, folder, below, signal) {
  const found = { files: [], folders: 0, complete: true };
  const waiting = [{ folder, depth: 0 }];
  let calls = 0;
  while (waiting.length) {
    const one = waiting.shift();
    if (calls >= MOST_CALLS || found.files.length >= MOST_FILES) {
      found.complete = false;
      break;
    }
    calls += 1;
    const { entries, next } = await level(account, one.folder, one.next, signal, COLLECT_ENTRIES);
    found.files.push(...entries.filter((entry) => entry.type === 'file'));
    if (!one.next) found.folders += 1;
    if (next) waiting.unshift({ ...one, next });
    const inside = entries.filter((entry) => entry.type === 'folder').map((entry) => ({ folder: entry.path, depth: one.depth + 1 }));
    if (below) waiting.push(...inside);
    else if (one.depth === 0 && !one.next) waiting.push(...inside.slice(0, PEEKED_FOLDERS));
  }
  return found;
}
