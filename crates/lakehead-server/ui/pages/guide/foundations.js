// Colours, text, icons.
import { Card } from '../../components/card.js';
import { Icon, ICONS } from '../../components/icon.js';
import { html } from '../../lib/html.js';

const COLORS = ['bg', 'surface', 'surface-2', 'border', 'border-strong', 'text', 'text-2', 'accent', 'accent-soft', 'ok', 'busy', 'warn', 'bad'];

export const Foundations = () => html`
  <${Card} title="Colours and text">
    <p class="hint">Named in style/tokens.css; nothing else has a colour of its own.</p>
    <div class="swatches">${COLORS.map((name) => html`<div><div class="swatch" style=${{ background: `var(--${name})` }}></div><code>--${name}</code></div>`)}</div>
    <div><h2>A heading of a part</h2><h3>A smaller one</h3><p>Text that says what is so, with <code>names</code> in code and <a href="/ui/components">a link</a>.</p><p class="hint">A hint, which matters less.</p></div>
  <//>
  <${Card} title="Icons">
    <div class="icons">${ICONS.map((name) => html`<span><${Icon} name=${name} />${name}</span>`)}</div>
  <//>
`;
