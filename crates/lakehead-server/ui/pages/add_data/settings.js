// <Settings source onChange=${(format, options) => …} onDetect />: how the file is read. Every change shows in the preview at once.
import { COMPRESSIONS, DELIMITERS, ENCODINGS, ESCAPES, FORMATS, QUOTES, hasCompression, hasDialect, optionsFor, withOption } from './dialect.js';
import { Markers } from './markers.js';
import { Button } from '../../components/button.js';
import { Input } from '../../components/input.js';
import { Select } from '../../components/select.js';
import { Toggle } from '../../components/toggle.js';
import { html, useState } from '../../lib/html.js';

export function Settings({ source, onChange, onDetect }) {
  const format = source.format ?? 'delimited';
  const options = optionsFor(format, source.options ?? {});
  const set = (name) => (value) => onChange(format, withOption(options, name, value));
  return html`
    <div class="settings" role="group" aria-label="How the file is read">
      <${Select} label="Format" value=${format} options=${FORMATS} onChange=${(name) => onChange(name, optionsFor(name, options))} />
      ${hasDialect(format) && html`
        <${Character} label="Delimiter" value=${options.columnDelimiter} choices=${DELIMITERS} onChange=${set('columnDelimiter')} />
        <${Character} label="Quote" value=${options.quote ?? '"'} choices=${QUOTES} onChange=${(value) => set('quote')(value === '"' ? '' : value)} />
        <${Character} label="Escape" value=${options.escape ?? ''} choices=${ESCAPES} onChange=${set('escape')} />
        <${Select} label="Encoding" value=${options.encoding} options=${ENCODINGS} onChange=${set('encoding')} />`}
      ${hasCompression(format) && html`<${Select} label="Compression" value=${options.compressionType ?? ''} empty="None" options=${COMPRESSIONS} onChange=${set('compressionType')} />`}
      ${hasDialect(format) && html`
        <${Markers} markers=${[options.nullMarker ?? []].flat()} onChange=${set('nullMarker')} />
        <${Toggle} label="Header row" checked=${options.header !== false} onChange=${(on) => set('header')(on ? undefined : false)} />`}
      <${Button} quiet icon="refresh" disabled=${!source.declared} onClick=${onDetect}>Detect again<//>
    </div>
  `;
}

// One of a few characters, or any other.
function Character({ label, value, choices, onChange }) {
  const isOther = !choices.some(([one]) => one === value);
  const [other, setOther] = useState(isOther);
  const choose = (one) => {
    setOther(one === 'other');
    if (one !== 'other') onChange(one);
  };
  return html`
    <div class="character">
      <${Select} label=${label} value=${other || isOther ? 'other' : value} options=${[...choices, ['other', 'Another…']]} onChange=${choose} />
      ${(other || isOther) && html`<${Input} label=${`${label}: character`} hideLabel maxlength="4" value=${isOther ? value : ''} placeholder="one character" onInput=${(text) => text && onChange(text)} />`}
    </div>`;
}
