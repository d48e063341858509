// A page that fails to draw takes nothing else with it.
import { ErrorBox } from '../components/error_box.js';
import { html, useErrorBoundary } from '../lib/html.js';

export function Crash({ children }) {
  const [error, reset] = useErrorBoundary((failure) => console.error(failure));
  if (!error) return children;
  const shown = { title: 'This page cannot be shown', detail: String(error.message ?? error), advice: 'Reload the page; if it stays, tell the operator what you did.' };
  return html`<div class="page"><h1 tabindex="-1">Something broke</h1><${ErrorBox} error=${shown} onRetry=${reset} /></div>`;
}
