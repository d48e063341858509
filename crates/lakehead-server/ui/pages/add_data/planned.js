// planned(account, source, signal): the files that a first run would take, by exploring what was selected:
// {files, bytes (null where the source does not tell), paths: those that can be read and are not empty, complete: whether all of
// them were looked at}
import { folderOf, isPattern, segmentMatches, selects } from '../../lib/wildcard.js';
import { level } from './listing.js';

const MOST_FILES = 1000;
const MOST_CALLS = 40;
const PAGE = 1000;

export async function planned(account, source, signal) {
  const found = { files: 0, bytes: 0, paths: [], complete: true };
  const one = source.type === 'file' && !isPattern(source.path);
  const waiting = [{ folder: folderOf(source) }];
  for (let calls = 0; waiting.length; calls += 1) {
    if (calls >= MOST_CALLS || found.files >= MOST_FILES) return { ...found, complete: false };
    const { folder, next } = waiting.shift();
    const page = await level(account, folder, next, signal, PAGE);
    for (const entry of page.entries) {
      if (entry.type === 'file' && selects(source, entry.path)) {
        found.files += 1;
        found.bytes = found.bytes === null || entry.size === undefined ? null : found.bytes + entry.size;
        if (entry.canPreview !== false && entry.size !== 0) found.paths.push(entry.path);
        if (one) return found;
      } else if (entry.type === 'folder' && leads(source, entry.path)) waiting.push({ folder: entry.path });
    }
    if (page.next) waiting.unshift({ folder, next: page.next });
  }
  return found;
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
