// <EmptyState icon="flow" title="No dataflows yet" action=${html`<Button…>`}>What to do about it.</EmptyState>
import { Icon } from './icon.js';
import { html } from '../lib/html.js';

export function EmptyState({ icon = 'box', title, action, children }) {
  return html`
    <div class="empty">
      <${Icon} name=${icon} />
      <p class="empty-title">${title}</p>
      <p>${children}</p>
      ${action && html`<div class="actions">${action}</div>`}
    </div>
  `;
}
