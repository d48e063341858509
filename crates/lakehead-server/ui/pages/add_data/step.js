// <StepFrame title="Select data" text="…" back=${back} next=${next} blocked="Choose a file first">…</StepFrame>
// The frame of a step: heading, content, and the buttons to go on. `blocked` says why one cannot go on yet. Ctrl and Enter go on
// from anywhere: a step may have many fields before its buttons.
import { Button } from '../../components/button.js';
import { html, useEffect } from '../../lib/html.js';

export function StepFrame({ title, text, back, next, nextText = 'Next', blocked, busy, children }) {
  useEffect(() => {
    const keys = (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      if (!blocked && !busy) next();
    };
    addEventListener('keydown', keys);
    return () => removeEventListener('keydown', keys);
  });
  return html`
    <header><h2 tabindex="-1">${title}</h2>${text && html`<p class="hint">${text}</p>`}</header>
    ${children}
    <div class="actions step-actions">
      ${back && html`<${Button} onClick=${back}>Back<//>`}
      <${Button} primary busy=${busy} disabled=${Boolean(blocked)} aria-keyshortcuts="Control+Enter" onClick=${next}>${nextText}<//>
      <span class="hint" role="status">${blocked}</span>
      ${!blocked && html`<span class="hint wide-only" aria-hidden="true">Ctrl + Enter</span>`}
    </div>
  `;
}
