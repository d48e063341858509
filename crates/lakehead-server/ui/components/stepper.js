// <Stepper steps=${['Account', 'Files', 'Mapping']} current=${1} done=${1} onStep=${go} />
// Where a person is in a wizard. Steps below `done` (the number of steps that are complete) can be gone back to.
import { Icon } from './icon.js';
import { classes, html } from '../lib/html.js';

export function Stepper({ steps, current, done = current, onStep, label = 'Steps' }) {
  return html`
    <nav class="stepper" aria-label=${label}>
      <p class="stepper-short">Step ${current + 1} of ${steps.length}: ${steps[current]}</p>
      <ol>${steps.map((step, at) => {
        const mark = html`<span class="step-mark">${at < done && at !== current ? html`<${Icon} name="check" />` : at + 1}</span>${step}`;
        const inside = onStep && at <= done && at !== current
          ? html`<button type="button" onClick=${() => onStep(at)}>${mark}</button>`
          : html`<span aria-current=${at === current ? 'step' : undefined}>${mark}</span>`;
        return html`<li class=${classes(at === current && 'current', at < done && 'done')}>${inside}</li>`;
      })}</ol>
    </nav>
  `;
}
