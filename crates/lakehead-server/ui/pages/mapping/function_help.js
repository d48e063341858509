// Every function of calculated fields by category, and the columns: what each does, its arguments, an example; a click puts it into the text.
import { Button } from '../../components/button.js';
import { Input } from '../../components/input.js';
import { html, useMemo, useState } from '../../lib/html.js';

export function FunctionHelp({ functions, attributes, onInsert }) {
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState(null);
  const groups = useMemo(() => groupsOf(functions, search), [functions, search]);
  const columns = attributes.filter((one) => one.text.toLowerCase().includes(search.trim().toLowerCase()));
  const one = functions.filter((entry) => entry.function === chosen).at(-1);
  return html`
    <div class="function-help">
      <${Input} label="Search functions and columns" hideLabel type="search" icon="search" placeholder="Search functions and columns" value=${search} onInput=${setSearch} />
      <div class="function-list" tabindex="0" role="region" aria-label="Functions and columns">
        ${columns.length > 0 && html`<details open=${Boolean(search)}><summary>Columns <span class="hint">${columns.length}</span></summary>
          <ul>${columns.slice(0, 200).map((column) => html`<li key=${column.text}><button type="button" class="function" onClick=${() => onInsert(column.text)}><code>${column.text}</code></button></li>`)}</ul></details>`}
        ${groups.map(([category, members]) => html`
          <details key=${category} open=${Boolean(search)}><summary>${category} <span class="hint">${members.length}</span></summary>
            <ul>${members.map((member) => html`<li key=${member.function}><button type="button" class="function" aria-pressed=${String(member.function === chosen)} onClick=${() => setChosen(member.function)}><code>${member.function}</code></button></li>`)}</ul>
          </details>`)}
        ${!groups.length && !columns.length && html`<p class="hint">Nothing is called “${search}”.</p>`}
      </div>
      <div class="function-detail" aria-live="polite">${one ? html`<${Help} one=${one} onInsert=${onInsert} />` : html`<p class="hint">Choose a function to see what it does.</p>`}</div>
    </div>
  `;
}

function Help({ one, onInsert }) {
  return html`
    <div class="row"><h3><code>${one.syntax}</code></h3><${Button} small icon="plus" onClick=${() => onInsert(`${one.function}()`, one.function.length + (one.params.length ? 1 : 2))}>Insert<//></div>
    <p>${one.description}</p>
    ${one.params.length > 0 && html`<dl>${one.params.map((param) => html`<div><dt><code>${param.name}</code> <span class="hint">${param.type}</span></dt><dd>${param.description}</dd></div>`)}</dl>`}
    <p class="hint">Example</p>
    <code class="wrap">${one.example} → ${one.result}</code>
  `;
}

// One entry for each name: a function has one for each number of arguments.
function groupsOf(functions, search) {
  const words = search.trim().toLowerCase();
  const groups = new Map();
  for (const one of functions) {
    if (words && !`${one.function} ${one.description}`.toLowerCase().includes(words)) continue;
    const members = groups.get(one.category) ?? new Map();
    members.set(one.function, one);
    groups.set(one.category, members);
  }
  return [...groups].map(([category, members]) => [category, [...members.values()]]);
}
