// <Sparkline values=${[1, 5, 3]} label="Rows of the last 10 runs" look="good" />: a line as small as a word.
import { html } from '../lib/html.js';

const [WIDTH, HEIGHT] = [96, 24];

export function Sparkline({ values, label, look = 'accent' }) {
  const most = Math.max(...values, 1);
  const points = values.map((value, at) => `${(at / Math.max(values.length - 1, 1)) * (WIDTH - 4) + 2},${HEIGHT - 2 - (value / most) * (HEIGHT - 4)}`);
  return html`<svg class=${`sparkline ${look}`} viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${`${label}: ${values.join(', ')}`}><polyline points=${points.join(' ')} /></svg>`;
}
