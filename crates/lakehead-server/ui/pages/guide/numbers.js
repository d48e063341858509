// Charts, sparklines, numbers, progress.
import { Card } from '../../components/card.js';
import { Chart } from '../../components/chart.js';
import { Bytes, Count } from '../../components/number.js';
import { KeyValues } from '../../components/key_values.js';
import { Progress } from '../../components/progress.js';
import { Sparkline } from '../../components/sparkline.js';
import { duration } from '../../lib/format.js';
import { html } from '../../lib/html.js';

const TIMES = Array.from({ length: 24 }, (_, at) => Date.UTC(2026, 0, 1, at));
const LANDED = TIMES.map((_, at) => 900 + ((at * 137) % 400));
const SERIES = [{ label: 'landed', values: LANDED, look: 'good' }, { label: 'rejected', values: TIMES.map((_, at) => (at * 53) % 90), look: 'bad' }];
const BARS = [{ label: 'rows', values: LANDED, look: 'accent' }];

export const Numbers = () => html`
  <${Card} title="Charts">
    <${Chart} label="Rows of each run" times=${TIMES} series=${SERIES} />
    <${Chart} label="Rows by hour" times=${TIMES} series=${BARS} kind="bars" height=${160} />
  <//>
  <${Card} title="Numbers">
    <${KeyValues} items=${[['Rows', html`<${Count} value=${1234567} />`], ['Size', html`<${Bytes} value=${98765432} />`], ['Took', duration(83_000)],
      ['Last runs', html`<${Sparkline} values=${[3, 5, 4, 8, 2, 9]} label="Rows of the last runs" />`]]} />
    <${Progress} label="Files read" value=${0.4} text="12 of 30, 4 min left" />
    <${Progress} label="Planning" text="how many files there are is not known yet" />
  <//>
`;
