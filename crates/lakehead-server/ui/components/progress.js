// <Progress value=${0.4} label="Files read" text="12 of 30" />: how far something is; without value: that it goes on.
import { html } from '../lib/html.js';

export function Progress({ value, label, text }) {
  return html`<div class="progress"><p><span>${label}</span><span class="hint">${text}</span></p><progress aria-label=${label} value=${value} max="1"></progress></div>`;
}
