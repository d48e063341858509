// <Mistake text="lowerr(x)" message="position 1: there is no function …" id />: the line of an expression that is wrong, with `^` below its place.
import { Icon } from '../../components/icon.js';
import { html } from '../../lib/html.js';
import { errorAt } from '../../lib/mapping.js';

// What is drawn to either side of the place: long lines are cut.
const AROUND = 60;

export function Mistake({ text = '', message, id }) {
  const { position, text: said } = errorAt(message);
  const place = text && position !== null ? placeOf(text, position) : null;
  return html`
    <div class="mistake" id=${id} role="alert">
      <p><${Icon} name="alert" /><span>${said}${place && html` <span class="hint">${place.lines > 1 && `Line ${place.line}, `}character ${place.column}.</span>`}</span></p>
      ${place && html`<pre aria-hidden="true">${`${place.shown}\n`}<span class="ghost">${place.ghost}</span><b>^</b></pre>`}
    </div>
  `;
}

// Positions count characters, not halves of them.
export function placeOf(text, position) {
  const before = [...text].slice(0, position).join('').split('\n');
  const lines = text.split('\n');
  const [line, column] = [before.length - 1, [...before.at(-1)].length];
  const letters = [...(lines[line] ?? '')];
  const from = Math.max(0, column - AROUND);
  const drawn = (some) => (from ? '…' : '') + some.join('').replace(/\t/g, ' ');
  // What is before the place is drawn again, unseen: some characters are wider than others.
  const ghost = drawn(letters.slice(from, column));
  return { line: line + 1, lines: lines.length, column: column + 1, shown: drawn(letters.slice(from, column + AROUND)), ghost };
}
