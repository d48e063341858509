// The two trees side by side. A column is taken in one, a field in the other, in either order: then they are linked.
// By keyboard: Enter takes, the focus goes to the other tree, Enter links, the focus comes back; Escape lets go.
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { EmptyState } from '../../components/empty_state.js';
import { FieldTree } from '../../components/field_tree.js';
import { Icon } from '../../components/icon.js';
import { Input } from '../../components/input.js';
import { html, useEffect, useMemo, useRef, useState } from '../../lib/html.js';
import { flatFields } from '../../lib/fields.js';
import { firstValue, shortText } from '../../lib/sample.js';

export function Trees({ source, fields, rules, rows, open, onLink }) {
  const [held, setHeld] = useState(null);
  const [words, setWords] = useState({ source: '', target: '' });
  const box = useRef(null);
  const goTo = useRef(null);
  useEffect(() => {
    if (!goTo.current) return;
    box.current.querySelector(`[data-side="${goTo.current}"] [role="treeitem"][tabindex="0"]`)?.focus();
    goTo.current = null;
  });
  const take = (side) => (field) => {
    if (!field) return;
    const other = side === 'source' ? 'target' : 'source';
    if (held && held.side !== side) {
      onLink(side === 'source' ? field.path : held.path, side === 'source' ? held.path : field.path);
      setHeld(null);
    } else if (held?.path === field.path) {
      setHeld(null);
      return;
    } else setHeld({ side, path: field.path });
    goTo.current = other;
  };
  const keys = (event) => {
    if (event.key !== 'Escape' || !held) return;
    event.preventDefault();
    goTo.current = held.side;
    setHeld(null);
  };
  const sourceMarks = useMemo(() => marksOfSource(source, rules, rows), [source, rules, rows]);
  const targetMarks = useMemo(() => marksOfTarget(rules, open), [rules, open]);
  return html`
    <div ref=${box} onKeyDown=${keys}>
      <p class="linking" aria-live="polite">${held
        ? html`<${Icon} name="link" /><span>${held.side === 'source' ? html`Choose the field that <code>${held.path}</code> becomes.` : html`Choose the column that feeds <code>${held.path}</code>.`}</span> <${Button} small quiet onClick=${() => setHeld(null)}>Let go<//>`
        : html`<${Icon} name="link" /><span>Choose a column, then the field it becomes: click, or arrow keys and Enter.</span>`}</p>
      <div class="mapping-trees">
        <div data-side="source"><${Card} title="Source columns">
          <${Filter} label="Search columns" value=${words.source} onInput=${(text) => setWords({ ...words, source: text })} />
          ${source.length ? html`<${FieldTree} label="Source columns" fields=${source} search=${words.source} marks=${sourceMarks} selected=${held?.side === 'source' ? held.path : undefined} onSelect=${take('source')} />`
            : html`<${EmptyState} icon="table" title="No columns are known">Load sample rows to see the columns of the source.<//>`}
        <//></div>
        <div data-side="target"><${Card} title="Target fields">
          <${Filter} label="Search fields" value=${words.target} onInput=${(text) => setWords({ ...words, target: text })} />
          <${FieldTree} label="Target fields" fields=${fields} search=${words.target} marks=${targetMarks} selected=${held?.side === 'target' ? held.path : undefined} onSelect=${take('target')} />
        <//></div>
      </div>
    </div>
  `;
}

const Filter = (props) => html`<${Input} ...${props} type="search" icon="search" hideLabel placeholder=${props.label} />`;

function marksOfSource(source, rules, rows) {
  const used = new Set(rules.filter((rule) => rule.sourceType === 'ATTRIBUTE').map((rule) => rule.source));
  return new Map(flatFields(source).map((field) => {
    const value = field.children.length ? '' : shortText(firstValue(rows, field.path), 24);
    return [field.path, html`${value && html`<span class="field-sample">${value}</span>`}${used.has(field.path) && html`<span class="linked"><${Icon} name="check" /><span class="sr">linked</span></span>`}`];
  }));
}

function marksOfTarget(rules, open) {
  const marks = new Map(open.map((path) => [path, html`<span class="field-mark open">still open</span>`]));
  for (const rule of rules) {
    const text = rule.sourceType === 'ATTRIBUTE' ? rule.source : rule.sourceType === 'STATIC' ? `“${rule.source}”` : 'calculated';
    marks.set(rule.destination.replace(/\[\d+\]/g, '[*]'), html`<span class="field-sample">${shortText(text, 24)}</span><span class="linked"><${Icon} name="check" /><span class="sr">linked</span></span>`);
  }
  return marks;
}
