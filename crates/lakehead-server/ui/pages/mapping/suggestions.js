// Proposals by names: each with how sure it is, taken or refused one by one, or all from a confidence on.
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { Icon } from '../../components/icon.js';
import { Select } from '../../components/select.js';
import { plural } from '../../lib/format.js';
import { html, useState } from '../../lib/html.js';
import { firstValue, shortText } from '../../lib/sample.js';

const LEVELS = [100, 90, 80, 70, 60, 50];
const percent = (score) => Math.round(score * 100);

export function Suggestions({ suggestions, rows, onAccept, onReject }) {
  const [level, setLevel] = useState('80');
  if (!suggestions.length) return null;
  const sure = suggestions.filter((one) => percent(one.score) >= Number(level));
  return html`
    <${Card} title="Suggested" actions=${html`
      <div class="accept-all">
        <${Select} label="Accept from this confidence on" hideLabel value=${level} options=${LEVELS.map((one) => [String(one), `${one} % or more`])} onChange=${setLevel} />
        <${Button} primary small disabled=${!sure.length} onClick=${() => onAccept(sure)}>Accept ${plural(sure.length, 'suggestion')}<//>
      </div>`}>
      <ul class="rule-list">${[...suggestions].sort((a, b) => b.score - a.score).map((one) => html`
        <li key=${`${one.source}/${one.destination}`} class="rule suggestion">
          <span class="rule-path"><span class="path">${one.source}</span> <span class="field-sample">${shortText(firstValue(rows, one.source), 24)}</span></span>
          <span class="rule-arrow" aria-hidden="true">→</span>
          <span class="rule-path"><span class="path">${one.destination}</span></span>
          <span class="confidence"><meter min="0" max="100" value=${percent(one.score)} aria-label="Confidence"></meter>${percent(one.score)} %</span>
          <span class="actions">
            <${Button} small onClick=${() => onAccept([one])} aria-label=${`Accept ${one.source} to ${one.destination}`}>Accept<//>
            <button type="button" class="icon-button" aria-label=${`Reject ${one.source} to ${one.destination}`} onClick=${() => onReject(one)}><${Icon} name="close" /></button>
          </span>
        </li>`)}</ul>
    <//>
  `;
}
