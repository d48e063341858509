// <Tabs label="Parts of the flow" tabs=${[{id, title, count, panel: () => html`…`}]} selected=${id} onSelect=${setId} />
// Arrow keys go from tab to tab; only the panel that is shown is drawn. Keep `selected` in the address with useQuery.
import { html, useId, useRef } from '../lib/html.js';

export function Tabs({ label, tabs, selected, onSelect }) {
  const id = `t${useId()}`;
  const list = useRef(null);
  const current = tabs.find((tab) => tab.id === selected) ?? tabs[0];
  const go = (event) => {
    const at = tabs.indexOf(current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onSelect(tabs[to % tabs.length].id);
    list.current.children[to % tabs.length].focus();
  };
  return html`
    <div class="tabs">
      <div role="tablist" aria-label=${label} ref=${list} onKeyDown=${go}>
        ${tabs.map((tab) => html`
          <button type="button" role="tab" id=${`${id}-${tab.id}`} aria-selected=${String(tab === current)} aria-controls=${tab === current ? `${id}-panel` : undefined}
            tabindex=${tab === current ? 0 : -1} onClick=${() => onSelect(tab.id)}>${tab.title}${tab.count != null && html` <span class="tab-count">${tab.count}</span>`}</button>`)}
      </div>
      <div role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-${current.id}`} tabindex="0">${current.panel()}</div>
    </div>
  `;
}
