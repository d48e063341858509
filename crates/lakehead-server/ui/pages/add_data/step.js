// <StepFrame title="Select data" text="…" back=${back} next=${next} blocked="Choose a file first">…</StepFrame>
// The frame of a step: heading, content, and the buttons to go on. `blocked` says why one cannot go on yet. Ctrl and Enter go on
// from anywhere: a step may have many fields before its buttons.
import { Button } from '../../components/button.js';
import { html, useEffect, useRef } from '../../lib/html.js';

export function StepFrame({ title, text, back, next, nextText = 'Next', blocked, busy, children }) {
  // As it was drawn last: a key comes before effects are set anew.
  const current = useRef(null);
  current.current = { next, mayGo: !blocked && !busy };
  const working = useRef(false);
  const go = async (before) => {
    if (working.current) return;
    working.current = true;
    try {
      await before?.();
      if (current.current.mayGo) await current.current.next();
    } finally {
      working.current = false;
    }
  };
  useEffect(() => {
    const keys = (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      // One press is one step, however long it takes.
      if (!event.repeat) go(takeTyped);
    };
    addEventListener('keydown', keys);
    return () => removeEventListener('keydown', keys);
  }, []);
  return html`
    <header><h2 tabindex="-1">${title}</h2>${text && html`<p class="hint">${text}</p>`}</header>
    ${children}
    <div class="actions step-actions">
      ${back && html`<${Button} onClick=${back}>Back<//>`}
      <${Button} primary busy=${busy} disabled=${Boolean(blocked)} aria-keyshortcuts="Control+Enter" onClick=${() => go()}>${nextText}<//>
      <span class="hint" role="status">${blocked}</span>
      ${!blocked && html`<span class="hint wide-only" aria-hidden="true">Ctrl + Enter</span>`}
    </div>
  `;
}

// Fields take what was typed when they are left. The focus stays where it is, should the step not go on.
async function takeTyped() {
  const field = document.activeElement;
  field?.blur();
  field?.focus({ preventScroll: true });
  await new Promise((drawn) => setTimeout(drawn));
}
