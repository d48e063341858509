// <StepFrame title="Select data" text="…" back=${back} next=${next} blocked="Choose a file first">…</StepFrame>
// The frame of a step: heading, content, and the buttons to go on. `blocked` says why one cannot go on yet.
import { Button } from '../../components/button.js';
import { html } from '../../lib/html.js';

export function StepFrame({ title, text, back, next, nextText = 'Next', blocked, busy, children }) {
  return html`
    <header><h2 tabindex="-1">${title}</h2>${text && html`<p class="hint">${text}</p>`}</header>
    ${children}
    <div class="actions step-actions">
      ${back && html`<${Button} onClick=${back}>Back<//>`}
      <${Button} primary busy=${busy} disabled=${Boolean(blocked)} onClick=${next}>${nextText}<//>
      <span class="hint" role="status">${blocked}</span>
    </div>
  `;
}
