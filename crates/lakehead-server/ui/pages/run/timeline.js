// The activities of a run on one line of time each: copying from the source, promotion into the dataset.
import { Card } from '../../components/card.js';
import { StateBadge } from '../../components/state_badge.js';
import { bytes, duration, plural } from '../../lib/format.js';
import { html } from '../../lib/html.js';
import { stateOf } from '../../lib/runs.js';

const LOOK = { success: 'good', failed: 'bad', cancelled: 'off', inProgress: 'busy' };

export function Timeline({ run }) {
  const activities = run.activities ?? [];
  const starts = activities.map((one) => one.durationSummary?.startedAtUTC).filter(Boolean);
  if (!starts.length) return null;
  const first = Math.min(...starts);
  const last = Math.max(...activities.map((one) => one.durationSummary?.completedAtUTC ?? Date.now()), first + 1);
  return html`
    <${Card} title="Activities"><ol class="timeline">${activities.map((one) => html`<${Row} key=${one.id} activity=${one} state=${stateOf(run) === 'cancelled' ? 'cancelled' : one.statusSummary?.status} first=${first} last=${last} />`)}</ol><//>
  `;
}

function Row({ activity, state, first, last }) {
  const { startedAtUTC: began, completedAtUTC: ended } = activity.durationSummary ?? {};
  const share = (ms) => `${(100 * (ms - first)) / (last - first)}%`;
  return html`
    <li class="timeline-row">
      <span class="timeline-name">${activity.name}<span><${StateBadge} state=${state} /></span></span>
      <span class="timeline-track" aria-hidden="true">${began && html`<span class=${`timeline-bar ${LOOK[state] ?? ''}`}
        style=${{ left: share(began), right: `calc(100% - ${share(ended ?? last)})` }}></span>`}</span>
      <span class="timeline-end">${began ? html`${duration((ended ?? Date.now()) - began)}<br />${amount(activity)}` : 'has not begun'}</span>
    </li>
  `;
}

function amount({ fileSummary = {}, sizeSummary = {}, recordSummary = {} }) {
  const has = (value) => value != null && value >= 0;
  return [
    has(recordSummary.outputRecordCount) ? plural(recordSummary.outputRecordCount, 'row') : has(fileSummary.inputFileCount) && plural(fileSummary.inputFileCount, 'file'),
    has(sizeSummary.outputBytes) && bytes(sizeSummary.outputBytes),
  ].filter(Boolean).join(', ');
}
