// <Markers markers=${['NULL']} onChange />: the texts that mean null, as many as the server takes. A text may have spaces, so each is
// added by itself: with Enter, or when the field is left.
import { LONGEST_MARKER, MOST_MARKERS } from './dialect.js';
import { Icon } from '../../components/icon.js';
import { Input } from '../../components/input.js';
import { html, useState } from '../../lib/html.js';

export function Markers({ markers, onChange }) {
  const [text, setText] = useState('');
  const wrong = new TextEncoder().encode(text).length > LONGEST_MARKER ? `At most ${LONGEST_MARKER} bytes.`
    : text && !markers.includes(text) && markers.length >= MOST_MARKERS ? `At most ${MOST_MARKERS} texts.` : undefined;
  const add = () => {
    if (!text || wrong) return;
    setText('');
    if (!markers.includes(text)) onChange([...markers, text]);
  };
  const press = (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    add();
  };
  return html`
    <div class="markers">
      <${Input} label="Text that means null" value=${text} error=${wrong} onInput=${setText} onKeyDown=${press} onBlur=${add} autocomplete="off"
        placeholder=${markers.length ? 'another' : 'NULL'} />
      ${markers.length > 0 && html`<ul class="tokens" aria-label="Texts that mean null">${markers.map((one) => html`
        <li key=${one}><button type="button" class="token" aria-label=${`Remove ${one}`} onClick=${() => onChange(markers.filter((other) => other !== one))}><code>${one}</code><${Icon} name="close" /></button></li>`)}</ul>`}
    </div>
  `;
}
