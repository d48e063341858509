// toast('Saved'), toast('Not saved', 'bad'): a short message that goes away by itself. What a person must read is an ErrorBox.
import { Icon } from './icon.js';
import { classes, html } from '../lib/html.js';
import { store, useStore } from '../lib/store.js';

const SHOWN_MS = 5000;
const toasts = store([]);
let count = 0;

export function toast(text, look = 'good') {
  count += 1;
  const one = { id: count, text, look };
  toasts.set([...toasts.value.slice(-3), one]);
  setTimeout(() => toasts.set(toasts.value.filter((other) => other !== one)), SHOWN_MS);
}

export function Toasts() {
  const shown = useStore(toasts);
  return html`<div class="toasts" role="status" aria-live="polite">${shown.map((one) => html`
    <p key=${one.id} class=${classes('toast', one.look)}><${Icon} name=${one.look === 'good' ? 'check' : 'alert'} />${one.text}</p>`)}</div>`;
}
