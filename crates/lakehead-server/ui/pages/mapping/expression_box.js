// The text of an expression, with completion: functions and columns that begin with, or have, what stands before the cursor.
// Down and up choose, Enter or Tab takes, Escape closes the list. `api.current.insert(text, caret)` puts a text at the cursor.
import { classes, html, useId, useLayoutEffect, useRef, useState } from '../../lib/html.js';

const MOST = 8;
const WORD = /(?:\$\{)?[A-Za-z_$][\w$.]*$/;

export function ExpressionBox({ api, value, onInput, functions, attributes, wrong, describedBy }) {
  const area = useRef(null);
  const caret = useRef(null);
  const [word, setWord] = useState('');
  const [at, setAt] = useState(0);
  const id = `e${useId()}`;
  const options = word ? candidates(word, functions, attributes) : [];
  const shown = options.length > 0;
  const chosen = Math.min(at, options.length - 1);
  useLayoutEffect(() => {
    if (caret.current === null) return;
    area.current.focus();
    area.current.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });
  const look = () => {
    const { selectionStart, selectionEnd, value: text } = area.current;
    const next = selectionStart === selectionEnd ? WORD.exec(text.slice(0, selectionStart))?.[0] ?? '' : '';
    setWord(next);
    setAt(0);
  };
  const put = (from, to, text, offset) => {
    const now = area.current.value;
    caret.current = from + (offset ?? text.length);
    setWord('');
    onInput(now.slice(0, from) + text + now.slice(to));
  };
  const take = (option) => {
    const end = area.current.selectionStart;
    put(end - word.length, end, option.insert, option.caret);
  };
  api.current = { insert: (text, offset) => put(area.current.selectionStart, area.current.selectionEnd, text, offset) };
  const keys = (event) => {
    if (!shown) return;
    const act = {
      ArrowDown: () => setAt((chosen + 1) % options.length),
      ArrowUp: () => setAt((chosen - 1 + options.length) % options.length),
      Enter: () => take(options[chosen]),
      Tab: () => take(options[chosen]),
      Escape: () => setWord(''),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  return html`
    <div class=${classes('field', 'expression', wrong && 'wrong')}>
      <label for=${id}>Expression</label>
      <textarea id=${id} ref=${area} class="mono" rows="4" spellcheck="false" autocapitalize="off" autocomplete="off" value=${value} placeholder="concat(first, &quot; &quot;, last)"
        aria-invalid=${wrong ? 'true' : undefined} aria-describedby=${describedBy} aria-autocomplete="list" aria-controls=${shown ? `${id}-list` : undefined}
        aria-activedescendant=${shown ? `${id}-${chosen}` : undefined}
        onInput=${(event) => { onInput(event.target.value); look(); }} onKeyDown=${keys} onClick=${look} onBlur=${() => setWord('')}></textarea>
      <div class="completions">
        ${shown && html`<ul role="listbox" id=${`${id}-list`} aria-label="Completions">${options.map((option, index) => html`
          <li key=${option.name} role="option" id=${`${id}-${index}`} aria-selected=${String(index === chosen)} onMouseDown=${(event) => { event.preventDefault(); take(option); }}>
            <code>${option.name}</code><span class="hint">${option.help}</span></li>`)}</ul>`}
        <p class="sr" role="status">${shown ? `${options.length} completions` : ''}</p>
      </div>
    </div>
  `;
}

function candidates(word, functions, attributes) {
  const wanted = word.replace(/^\$\{/, '').toLowerCase();
  const seen = new Map();
  for (const one of functions) {
    if (!seen.has(one.function)) seen.set(one.function, { name: one.function, help: one.description, insert: `${one.function}()`, caret: one.function.length + (one.params.length ? 1 : 2) });
  }
  const all = [...attributes.map((one) => ({ name: one.text, help: `column, ${one.type}`, insert: one.text })), ...seen.values()];
  const rank = (option) => {
    const name = option.name.replace(/^\$\{/, '').toLowerCase();
    return name === wanted ? 3 : name.startsWith(wanted) ? 2 : name.includes(wanted) ? 1 : 0;
  };
  const fits = all.map((option) => [rank(option), option]).filter(([score]) => score > 0);
  // What is already there in full needs no offer.
  if (fits.length === 1 && fits[0][1].insert === word) return [];
  return fits.sort(([a, one], [b, other]) => b - a || one.name.length - other.name.length).slice(0, MOST).map(([, option]) => option);
}
