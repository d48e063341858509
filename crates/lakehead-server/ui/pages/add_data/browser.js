// <Browser account=${id} selected=${path} onSelect=${(entry) => …} />: folders and files of an account as a tree, page by page.
// An entry is {type: 'file'|'folder', name, path}.
import { level } from './listing.js';
import { ErrorBox } from '../../components/error_box.js';
import { Search } from '../../components/toolbar.js';
import { Tree } from '../../components/tree.js';
import { html, useEffect, useState } from '../../lib/html.js';
import { within } from '../../lib/load.js';
import { sandbox } from '../../lib/session.js';
import { useStore } from '../../lib/store.js';

const ROOT = '';
const DEEPEST = 20;

export function Browser({ account, selected, onSelect }) {
  // What is known, by folder: {entries, next}.
  const [levels, setLevels] = useState(new Map());
  const [opened, setOpened] = useState([]);
  const [error, setError] = useState(null);
  const [round, setRound] = useState(0);
  const [search, setSearch] = useState('');
  const place = useStore(sandbox);
  const fetch = async (folder) => {
    const before = levels.get(folder);
    const page = await level(account, folder, before?.next);
    setLevels((now) => new Map(now).set(folder, { entries: [...(before?.entries ?? []), ...page.entries], next: page.next }));
    return [];
  };
  useEffect(() => {
    const stop = within(place);
    setLevels(new Map());
    setError(null);
    down(account, selected, stop.signal).then((found) => {
      if (stop.signal.aborted) return;
      setOpened([...found.levels.keys()].slice(1));
      setLevels(found.levels);
      setError(found.error);
    });
    return () => stop.abort();
  }, [account, round, place]);
  const nodes = levels.has(ROOT) ? nodesOf(levels, ROOT, search.trim().toLowerCase()) : null;
  const select = (node) => {
    if (node.more !== undefined) fetch(node.more).catch(setError);
    else if (node.entry) onSelect(node.entry);
  };
  const waiting = [...levels.values()].some((one) => one.next);
  return html`
    <div class="browser">
      <${Search} label="Find a file or folder" value=${search} onInput=${setSearch} />
      ${error && html`<${ErrorBox} error=${error} onRetry=${() => setRound(round + 1)} />`}
      ${!nodes && !error && html`<div class="browser-tree" role="status" aria-label="Loading">${Array.from({ length: 6 }, () => html`<p class="tree-item"><span class="skeleton"></span></p>`)}</div>`}
      ${nodes && html`<div class="browser-tree">
        ${nodes.length ? html`<${Tree} key=${account} opened=${opened} label="Files and folders" nodes=${nodes} load=${(node) => fetch(node.id)} selected=${selected} onSelect=${select} openOnSelect />`
          : html`<p class="hint browser-none">${search ? `Nothing that is loaded is called “${search}”.` : 'There is nothing in here.'}</p>`}
      </div>`}
      ${search && waiting && html`<p class="hint">Some folders have more than is shown: “Show more” loads it.</p>`}
      ${!search && nodes?.length > 0 && html`<p class="hint">Arrow keys walk and open, Enter chooses.</p>`}
    </div>
  `;
}

// From the beginning down to what is selected, so that it is in sight: {levels, error}.
async function down(account, selected, signal) {
  const levels = new Map();
  let folder = ROOT;
  try {
    while (folder !== undefined && levels.size <= DEEPEST) {
      const page = await level(account, folder, undefined, signal);
      levels.set(folder, page);
      folder = page.entries.find((entry) => entry.type === 'folder' && selected?.startsWith(entry.path) && !levels.has(entry.path))?.path;
    }
  } catch (error) {
    // What is selected may be gone; the way to it is still there.
    if (!levels.size) return { levels, error };
  }
  return { levels, error: null };
}

// With words to search for, what has them and the folders around it.
function nodesOf(levels, folder, words) {
  const known = levels.get(folder);
  const nodes = known.entries.map((entry) => {
    const node = { id: entry.path, label: entry.name, icon: entry.type, leaf: entry.type === 'file', entry };
    if (levels.has(entry.path)) node.children = nodesOf(levels, entry.path, words);
    return node;
  }).filter((node) => !words || node.label.toLowerCase().includes(words) || node.children?.some((child) => child.entry));
  if (known.next) nodes.push({ id: `${folder}\n`, label: `Show more than ${known.entries.length}…`, icon: 'plus', leaf: true, more: folder });
  if (!nodes.length && folder !== ROOT && !words) nodes.push({ id: `${folder}\n`, label: 'Nothing in here', leaf: true });
  return nodes;
}
