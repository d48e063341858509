// <Selection source account example onChange />: the path as it is typed or was chosen, and what kind of path it is.
import { Chips } from '../../components/chips.js';
import { Input } from '../../components/input.js';
import { Toggle } from '../../components/toggle.js';
import { html } from '../../lib/html.js';
import { folderOf, fullPath, isPattern } from '../../lib/wildcard.js';

const KINDS = [['file', 'One file'], ['folder', 'Whole folder'], ['pattern', 'Files by pattern']];
const MOST_BYTES = 1024;

export function Selection({ source, account, example, onChange }) {
  const kind = source.type === 'file' ? 'file' : isPattern(source.path) ? 'pattern' : 'folder';
  const typed = (text) => onChange({ path: text, type: isPattern(text) || text.endsWith('/') ? 'folder' : /\.[^/]*$/.test(text) ? 'file' : source.type });
  // Paths are kept as explore writes them, so that they can be compared with what it lists.
  // A change that is none would take the sample away while “Next” is being pressed.
  const whole = () => {
    const full = source.path && fullPath(source.path, account.params);
    if (full !== source.path) onChange({ path: full });
  };
  const turn = (wanted) => onChange(turned(source, wanted, example));
  return html`
    <${Input} label="Path" value=${source.path} onInput=${typed} onBlur=${whole} error=${wrongOf(source.path)} autocomplete="off" placeholder="/bucket/folder/*.csv"
      help="In a pattern * stands for any characters and ? for exactly one; neither goes beyond a slash." />
    <${Chips} label="What the path is" value=${kind} onChange=${turn} options=${KINDS} />
    ${source.type === 'folder' && !source.encryption && html`<${Toggle} label="Folders below too" checked=${Boolean(source.recursive)} onChange=${(on) => onChange({ recursive: on })}
      help=${kind === 'pattern' ? 'The last part of the pattern then holds in every folder below.' : 'Everything below the folder, however deep.'} />`}
  `;
}

// Another kind of path from the one there is: the folder of a file, a pattern for files like it, a file of a folder.
function turned(source, wanted, example) {
  if (wanted === 'file') return { type: 'file', path: example ?? source.path.replace(/[*?].*$/, '') };
  const folder = source.path ? folderOf(source) : '/';
  if (wanted === 'folder') return { type: 'folder', path: folder };
  const name = (example ?? source.path).split('/').at(-1);
  const ending = /\.[^.]+(\.(gz|bz2|zst|xz|lz4|zip|gpg|pgp))?$/.exec(name)?.[0] ?? '';
  return { type: 'folder', path: `${folder}*${ending}` };
}

function wrongOf(path) {
  if (new TextEncoder().encode(path).length > MOST_BYTES) return `At most ${MOST_BYTES} bytes.`;
  if (/[\u0000-\u001f]/.test(path)) return 'Without control characters.';
  if (path.split('/').some((part) => part === '.' || part === '..')) return '“.” and “..” are no folders here.';
  if (/^\/?[^/]*[*?][^/]*(\/|$)/.test(path) && path.includes('/')) return 'The bucket must be named in full, without * and ?.';
  return undefined;
}
