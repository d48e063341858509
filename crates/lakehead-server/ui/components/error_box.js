// <ErrorBox error=${error} onRetry=${reload} />: an ApiError (lib/api.js) or any Error: what is wrong, what to do, and the id
// under which the operator finds it in the log.
import { Button } from './button.js';
import { Icon } from './icon.js';
import { html } from '../lib/html.js';

export function ErrorBox({ error, onRetry }) {
  if (!error) return null;
  const title = error.title ?? 'This did not work';
  const detail = error.detail ?? error.message;
  return html`
    <div class="error-box" role="alert">
      <${Icon} name="alert" />
      <div>
        <p class="error-title">${title}</p>
        ${detail && html`<p>${detail}</p>`}
        ${error.advice && html`<p>${error.advice}</p>`}
        ${(error.code || error.requestId) && html`<p class="hint mono">${error.code}${error.requestId && html` · request ${error.requestId}`}</p>`}
      </div>
      ${onRetry && html`<${Button} small icon="refresh" onClick=${onRetry}>Try again<//>`}
    </div>
  `;
}
