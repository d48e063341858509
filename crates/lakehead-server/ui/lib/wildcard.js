// Which files a path selects, by the same rules as the server: `*` (any characters) and `?` (exactly one) stay within one
// segment of the path, names are compared exactly, folders take everything in them.
//
//   selection = {path: '/bucket/in/*.csv', type: 'file' | 'folder', recursive: false}
//   isPattern(path)              whether a path is a pattern
//   folderOf(selection)          the folder that everything selected is in, with a slash at the end
//   judge(selection, file)       {matches: true, warning?} | {almost: 'why it is not taken'} | null, for a file of explore
//   fullPath(path, account)      a path as explore writes it, from one as people write it

export const isPattern = (path) => /[*?]/.test(path);
const parts = (path) => path.replace(/^\//, '').split('/');

export function folderOf({ path, type }) {
  const whole = path.startsWith('/') ? path : `/${path}`;
  if (type === 'file') return whole.slice(0, whole.lastIndexOf('/') + 1);
  if (!isPattern(whole)) return whole.endsWith('/') ? whole : `${whole}/`;
  const fixed = whole.slice(0, whole.search(/[*?]/));
  return fixed.slice(0, fixed.lastIndexOf('/') + 1);
}

// Whether files in folders below `folderOf` can be selected.
export const goesBelow = (selection) => selection.type === 'folder'
  && (Boolean(selection.recursive) || (isPattern(selection.path) && parts(selection.path.slice(folderOf(selection).length)).length > 1));

export function selects(selection, path) {
  if (selection.type === 'file') return parts(selection.path).join('/') === parts(path).join('/');
  if (isPattern(selection.path)) return patternMatches(selection.path, path, selection.recursive);
  const folder = folderOf(selection);
  return path.startsWith(folder) && path.length > folder.length && (Boolean(selection.recursive) || !path.slice(folder.length).includes('/'));
}

function patternMatches(pattern, path, recursive) {
  const [folders, segments] = [parts(pattern), parts(path)];
  const [last, name] = [folders.pop(), segments.pop()];
  const deep = segments.length === folders.length || (recursive && segments.length > folders.length);
  return deep && segmentMatches(last, name) && folders.every((one, at) => segmentMatches(one, segments[at]));
}

// With one point of return, so that no pattern takes exponential time. Characters, not halves of them.
export function segmentMatches(pattern, text) {
  const [wanted, given] = [[...pattern], [...text]];
  let [p, t, star] = [0, 0, null];
  while (t < given.length) {
    if (wanted[p] === '*') {
      star = [p, t];
      p += 1;
    } else if (p < wanted.length && (wanted[p] === '?' || wanted[p] === given[t])) {
      p += 1;
      t += 1;
    } else if (star) {
      star = [star[0], star[1] + 1];
      [p, t] = [star[0] + 1, star[1]];
    } else return false;
  }
  return wanted.slice(p).every((one) => one === '*');
}

export function judge(selection, file) {
  const path = file.path;
  if (selects(selection, path)) {
    const readable = file.canPreview !== false;
    return readable ? { matches: true } : { matches: true, warning: 'cannot be read: its name has an empty or relative part or a control character. Rename it, or runs fail' };
  }
  const why = reasonOf(selection, path);
  return why ? { almost: why } : null;
}

function reasonOf(selection, path) {
  if (!selection.recursive && selection.type === 'folder' && selects({ ...selection, recursive: true }, path)) return selection.encryption ? 'is in a folder below; encrypted files are read from one folder' : 'is in a folder below; switch on “folders below too”';
  const lower = { ...selection, path: selection.path.toLowerCase() };
  if (selects(lower, path.toLowerCase())) return 'differs in capital and small letters';
  if (selection.type === 'folder' && !isPattern(selection.path)) return null;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const pattern = selection.path.slice(selection.path.lastIndexOf('/') + 1);
  const named = (other) => selects(selection, path.slice(0, path.length - name.length) + other);
  if (name !== name.trim() && named(name.trim())) return 'has a space at the beginning or end of its name';
  const shorter = endings(name).find((ending) => named(name.slice(0, -ending.length)));
  if (shorter) return `goes on with “${shorter}”`;
  if (!pattern.startsWith('*') && selects({ ...selection, path: withName(selection.path, `*${pattern}`) }, path)) return 'begins with something else; put * in front';
  if (!pattern.endsWith('*') && !pattern.includes('.') && selects({ ...selection, path: withName(selection.path, `${pattern}*`) }, path)) return 'goes on behind the pattern; put * at the end';
  if (pattern.includes('?') && selects({ ...selection, path: withName(selection.path, pattern.replaceAll('?', '*')) }, path)) return 'has more or fewer characters than ? stands for; use *';
  return isOneOff(pattern, name) && named(withoutMistake(pattern, name) ?? name) ? 'differs in one character' : null;
}

const withName = (path, name) => path.slice(0, path.lastIndexOf('/') + 1) + name;
// `.b.c` and `.c` of `a.b.c`.
const endings = (name) => [...name.matchAll(/\./g)].filter((found) => found.index > 0).map((found) => name.slice(found.index));

// Only for names without wildcards: one character more, less or other.
function isOneOff(pattern, name) {
  if (isPattern(pattern) || Math.abs(pattern.length - name.length) > 1) return false;
  let at = 0;
  while (at < pattern.length && pattern[at] === name[at]) at += 1;
  const [a, b] = [pattern.slice(at), name.slice(at)];
  return a.slice(1) === b.slice(1) || a === b.slice(1) || a.slice(1) === b;
}
const withoutMistake = (pattern, name) => (isOneOff(pattern, name) ? pattern : null);

// Without a bucket in the account a path is `/bucket/key`. With one it is that, for this bucket, or relative to where the account begins.
export function fullPath(path, { bucketName, folderPath } = {}) {
  const rest = path.replace(/^\//, '');
  if (!bucketName || rest.split('/')[0] === bucketName) return `/${rest}`;
  const folder = (folderPath ?? '').replace(/^\/+|\/+$/g, '');
  return `/${bucketName}/${folder ? `${folder}/` : ''}${rest}`;
}
