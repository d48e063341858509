// Fifth step: what the dataflow is called, when it runs, and how many rows may fail.
import { StepFrame } from './step.js';
import { Card } from '../../components/card.js';
import { Chips } from '../../components/chips.js';
import { Input } from '../../components/input.js';
import { Toggle } from '../../components/toggle.js';
import { html, useEffect } from '../../lib/html.js';
import { FREQUENCIES, LEAST, inWords, local, localText, secondsOf, upcoming, utc, wrongOf, zone } from '../../lib/schedule.js';

const HOUR_S = 3600;

export default function Schedule({ draft, change, next, back }) {
  const { schedule, flow } = draft;
  const wrong = { ...wrongOf(schedule, Date.now()), ...wrongFlow(flow) };
  const put = (partial) => change({ schedule: { ...schedule, ...partial } });
  const putFlow = (partial) => change({ flow: { ...flow, ...partial } });
  useEffect(() => {
    if (!flow.name) putFlow({ name: proposed(draft) });
  }, []);
  return html`
    <${StepFrame} title="Schedule" text="When runs take what is new, and what happens with rows that fail." back=${back} next=${next}
      blocked=${Object.keys(wrong).length ? 'Correct what is marked first.' : ''}>
      <${Card} title="Dataflow" level=${3}><div class="form">
        <${Input} label="Name of the dataflow" required value=${flow.name} error=${wrong.name} onInput=${(name) => putFlow({ name })} autocomplete="off" />
        <${Input} label="Description" optional value=${flow.description} onInput=${(description) => putFlow({ description })} autocomplete="off" />
      </div><//>
      <${Card} title="When it runs" level=${3}><${When} schedule=${schedule} wrong=${wrong} put=${put} /><//>
      <${Card} title="Rows that fail" level=${3}><${Failing} flow=${flow} wrong=${wrong} put=${putFlow} /><//>
    <//>
  `;
}

function When({ schedule, wrong, put }) {
  const { frequency, interval, startTime, backfill } = schedule;
  const turn = (one) => put({ frequency: one, interval: Math.max(interval || 1, LEAST[one] ?? 1) });
  const later = startTime !== null;
  const begin = (way) => put({ startTime: way === 'now' ? null : Math.ceil(Date.now() / 1000 / HOUR_S + 1) * HOUR_S });
  const known = !wrong.interval && !wrong.startTime;
  return html`
    <${Chips} label="Frequency" value=${frequency} onChange=${turn} options=${FREQUENCIES} />
    ${frequency !== 'once' && html`<div class="moments"><${Input} label=${`Interval in ${frequency}s`} type="number" min=${LEAST[frequency]} step="1" value=${interval} error=${wrong.interval}
      help=${frequency === 'minute' ? 'At least 15 minutes.' : undefined} onInput=${(text) => put({ interval: text === '' ? null : Number(text) })} /></div>`}
    <${Chips} label="Start" value=${later ? 'later' : 'now'} onChange=${begin} options=${[['now', 'Start at once'], ['later', 'Start at a time']]} />
    ${later && html`<div class="moments"><${Input} label=${`Start, in ${zone()}`} type="datetime-local" value=${localText(startTime)} error=${wrong.startTime} required
      help=${Number.isNaN(startTime) ? undefined : utc(startTime * 1000)} onInput=${(text) => put({ startTime: secondsOf(text) })} /></div>`}
    ${frequency !== 'once' && html`<${Toggle} label="Backfill" checked=${backfill} onChange=${(on) => put({ backfill: on })}
      help="The first run takes everything that is there already. Without, only files that come after the start are taken." />`}
    ${known && html`<p role="status"><strong>${inWords(schedule)}</strong>${frequency === 'once' ? ', over everything that is there then.' : '. The next runs:'}</p>
      ${(later || frequency !== 'once') && html`<ul class="upcoming">${upcoming(schedule, Date.now()).map((ms, at) => html`<li>${at === 0 && !later ? 'at once' : local(ms)} <span class="hint">${at === 0 && !later ? '' : utc(ms)}</span></li>`)}</ul>`}`}
  `;
}

function Failing({ flow, wrong, put }) {
  const partial = flow.partialIngestionPercent !== null;
  return html`
    <${Toggle} label="Partial ingestion" checked=${partial} onChange=${(on) => put({ partialIngestionPercent: on ? 5 : null, ...(on ? { errorDiagnosticsEnabled: true } : {}) })}
      help="Rows that fail are left out and explained, and the others land. Without, one bad row fails the run and nothing lands." />
    ${partial && html`<div class="moments"><${Input} label="Error threshold in percent" type="number" min="0" max="100" step="any" value=${flow.partialIngestionPercent} error=${wrong.percent}
      help="A run in which more rows fail lands nothing." onInput=${(text) => put({ partialIngestionPercent: text === '' ? NaN : Number(text) })} /></div>`}
    <${Toggle} label="Error diagnostics" checked=${partial || flow.errorDiagnosticsEnabled} disabled=${partial} onChange=${(on) => put({ errorDiagnosticsEnabled: on })}
      help=${partial ? 'Always on with partial ingestion.' : 'Keeps the rows that fail, with file, line and reason.'} />
  `;
}

export function wrongFlow(flow) {
  const wrong = {};
  if (!flow.name.trim()) wrong.name = 'Needed: it is found by it in lists.';
  const percent = flow.partialIngestionPercent;
  if (percent !== null && !(percent > 0 && percent <= 100)) wrong.percent = 'More than 0, at most 100.';
  return wrong;
}

function proposed({ account, dataset, source }) {
  const from = source?.path?.split('/').findLast((part) => part && !/[*?]/.test(part)) ?? account?.name;
  return dataset?.name ? `${from} to ${dataset.name}` : `${from} from ${account?.name}`;
}
