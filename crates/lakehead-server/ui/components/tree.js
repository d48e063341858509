// <Tree label="Folders" nodes=${roots} load=${async (node) => children} selected=${id} onSelect=${(node) => …} draw=${(node) => html`…`} />
//   node       {id, label, icon, children?, leaf?}: without `children` and `leaf`, they are loaded when it is opened
//   opened     ids that are open at first; openOnSelect: what is selected is opened too
// Arrow keys walk, right and left open and close, Enter selects, letters jump.
import { Icon } from './icon.js';
import { classes, html, useRef, useState } from '../lib/html.js';

export function Tree({ label, nodes, load, selected, onSelect, draw, opened = [], openOnSelect = false }) {
  const [open, setOpen] = useState(() => new Set(opened));
  const [loaded, setLoaded] = useState(new Map());
  const [focused, setFocused] = useState(null);
  const list = useRef(null);
  const childrenOf = (node) => node.children ?? loaded.get(node.id);
  const rows = flat(nodes, 1, null, open, childrenOf);
  const here = rows.find((row) => row.node.id === focused) ?? rows.find((row) => row.node.id === selected) ?? rows[0];
  const toggle = async (node, on = !open.has(node.id)) => {
    setOpen((before) => {
      const next = new Set(before);
      if (on) next.add(node.id);
      else next.delete(node.id);
      return next;
    });
    if (!on || childrenOf(node) || !load) return;
    const found = await load(node).catch((error) => [{ id: `${node.id}/error`, label: error.message, leaf: true, icon: 'alert', failed: true }]);
    setLoaded((before) => new Map(before).set(node.id, found));
  };
  const select = onSelect && ((node) => {
    if (openOnSelect && !node.leaf && !open.has(node.id)) toggle(node, true);
    onSelect(node);
  });
  const focus = (row) => {
    if (!row) return;
    setFocused(row.node.id);
    list.current.children[rows.indexOf(row)]?.focus();
  };
  const keys = (event) => {
    // That is a key of the page.
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) return;
    const at = rows.indexOf(here);
    const act = {
      ArrowDown: () => focus(rows[at + 1]),
      ArrowUp: () => focus(rows[at - 1]),
      Home: () => focus(rows[0]),
      End: () => focus(rows.at(-1)),
      ArrowRight: () => (here.node.leaf ? null : open.has(here.node.id) ? focus(rows[at + 1]) : toggle(here.node, true)),
      ArrowLeft: () => (open.has(here.node.id) ? toggle(here.node, false) : focus(rows.find((row) => row.node === here.parent))),
      Enter: () => select?.(here.node),
      ' ': () => select?.(here.node),
    }[event.key] ?? (event.key.length === 1 && !event.ctrlKey && !event.metaKey && (() => {
      const after = [...rows.slice(at + 1), ...rows.slice(0, at)];
      focus(after.find((row) => row.node.label.toLowerCase().startsWith(event.key.toLowerCase())));
    }));
    if (!act || !here) return;
    event.preventDefault();
    act();
  };
  return html`
    <div role="tree" class="tree" aria-label=${label} ref=${list} onKeyDown=${keys}>
      ${rows.map((row) => html`<${Item} key=${row.node.id} row=${row} open=${open.has(row.node.id)} waiting=${open.has(row.node.id) && !row.node.leaf && !childrenOf(row.node)}
        current=${row === here} selected=${row.node.id === selected} draw=${draw} onToggle=${toggle} onFocus=${setFocused} onSelect=${select} />`)}
    </div>
  `;
}

function Item({ row, open, waiting, current, selected, draw, onToggle, onFocus, onSelect }) {
  const { node, level } = row;
  const click = () => {
    onFocus(node.id);
    if (onSelect) onSelect(node);
    else if (!node.leaf) onToggle(node);
  };
  return html`
    <div role="treeitem" class=${classes('tree-item', node.failed && 'failed')} aria-level=${level} aria-expanded=${node.leaf ? undefined : String(open)} aria-busy=${waiting ? 'true' : undefined}
      aria-selected=${String(selected)} tabindex=${current ? 0 : -1} onClick=${click} onFocus=${() => onFocus(node.id)} style=${{ paddingInlineStart: `${level * 18 - 10}px` }}>
      <span class=${classes('tree-arrow', node.leaf && 'leaf', open && 'open')} onClick=${(event) => { event.stopPropagation(); if (!node.leaf) onToggle(node); }}><${Icon} name="chevron" /></span>
      ${node.icon && html`<${Icon} name=${node.icon} />`}
      <span class="tree-label">${draw ? draw(node) : node.label}</span>
    </div>
  `;
}

function flat(nodes, level, parent, open, childrenOf) {
  return nodes.flatMap((node) => [{ node, level, parent }, ...(open.has(node.id) ? flat(childrenOf(node) ?? [], level + 1, node, open, childrenOf) : [])]);
}
