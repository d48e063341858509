// <StateBadge state="success" />: the state of a flow, a run or anything else, in colour, shape and words.
import { classes, html } from '../lib/html.js';

// How states look; what is not listed is neutral.
const LOOKS = {
  good: ['success', 'enabled', 'active', 'available', 'ok', 'landed', 'ready'],
  busy: ['pending', 'inprogress', 'running', 'queued', 'processing', 'creating', 'loading'],
  warn: ['partialsuccess', 'draft', 'disabled', 'warning', 'cancelling', 'stalled', 'resetting'],
  bad: ['failed', 'error', 'failure', 'rejected', 'deleted'],
};
const WORDS = { inprogress: 'in progress', partialsuccess: 'partial success', notyetavailable: 'not yet available' };

export function StateBadge({ state, children }) {
  const key = String(state ?? 'unknown').toLowerCase().replace(/[^a-z]/g, '');
  const look = Object.keys(LOOKS).find((one) => LOOKS[one].includes(key)) ?? 'neutral';
  return html`<span class=${classes('badge', look)}>${children ?? WORDS[key] ?? String(state ?? 'unknown')}</span>`;
}
