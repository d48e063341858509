// <CodeBlock text="curl …" label="Command" />: text as it is, with a button that copies it. `label` names it for readers of screens.
import { Button } from './button.js';
import { toast } from './toast.js';
import { html } from '../lib/html.js';

export function CodeBlock({ text, label = 'Code' }) {
  const copy = () => navigator.clipboard.writeText(text).then(
    () => toast('Copied'),
    () => toast('The browser does not allow copying here; select the text instead', 'bad'),
  );
  return html`
    <div class="code">
      <pre tabindex="0" role="region" aria-label=${label}><code>${text}</code></pre>
      <${Button} small icon="copy" onClick=${copy} aria-label=${`Copy: ${label}`}>Copy<//>
    </div>
  `;
}
