// <Chart label="Rows over time" times=${[ms…]} series=${[{label: 'landed', values, look: 'good'}]} kind="bars" format=${count} height=${220} />
// Numbers over time with uPlot, and the same numbers as a table for those who do not see it. Look: good, bad, warn, accent, neutral.
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { absolute, shortCount } from '../lib/format.js';

const COLORS = { good: '--ok', bad: '--bad', warn: '--warn', accent: '--accent', neutral: '--text-2' };

export function Chart({ label, times, series, kind = 'lines', format = shortCount, height = 220 }) {
  const place = useRef(null);
  const [asTable, setAsTable] = useState(false);
  useEffect(() => {
    if (asTable || !times.length) return undefined;
    const box = place.current;
    let chart;
    let gone = false;
    const draw = async () => {
      const { default: UPlot } = await import('../vendor/uPlot.mjs');
      if (gone) return;
      chart?.destroy();
      const options = optionsOf(UPlot, { series, kind, format, height, width: box.clientWidth, color: colorsOf(box) });
      chart = new UPlot(options, [times.map((ms) => ms / 1000), ...series.map((one) => one.values)], box);
    };
    draw();
    const resized = new ResizeObserver(() => chart?.setSize({ width: box.clientWidth, height }));
    resized.observe(box);
    // Canvas does not follow the colours of the page by itself.
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    return () => { gone = true; dark.removeEventListener('change', draw); resized.disconnect(); themed.disconnect(); chart?.destroy(); };
  }, [asTable, times, series, kind, height]);
  return html`
    <figure class="chart">
      <figcaption><span>${label}</span><span class="legend">${series.map((one) => html`<span class=${`legend-item ${one.look ?? 'accent'}`}>${one.label}</span>`)}</span>
        <button type="button" class="link" onClick=${() => setAsTable(!asTable)}>${asTable ? 'Show as chart' : 'Show as table'}</button></figcaption>
      ${asTable ? html`<${Numbers} label=${label} times=${times} series=${series} format=${format} />`
        : html`<div class="chart-place" ref=${place} role="img" aria-label=${`${label}. The same numbers are there as a table.`} style=${{ minHeight: `${height}px` }}></div>`}
    </figure>
  `;
}

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const MINUTE = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SECOND = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

// As exact as the distance of the ticks (seconds) asks for; a day begins with its date.
function timeOf(ms, step) {
  if (step >= 86_400 || new Date(ms).getHours() + new Date(ms).getMinutes() + new Date(ms).getSeconds() === 0) return DAY.format(ms);
  return (step < 60 ? SECOND : MINUTE).format(ms);
}

function Numbers({ label, times, series, format }) {
  return html`<div class="table-box" tabindex="0" role="region" aria-label=${label}><table><thead><tr><th scope="col">Time</th>${series.map((one) => html`<th scope="col" class="end">${one.label}</th>`)}</tr></thead>
    <tbody>${times.map((ms, at) => html`<tr><td>${absolute(ms)}</td>${series.map((one) => html`<td class="end">${format(one.values[at])}</td>`)}</tr>`)}</tbody></table></div>`;
}

// What a token is at the moment: an element that has the colour tells it, the token alone would be "light or dark". A new one
// each time: one that changes its colour may be on the way to it.
const colorsOf = (box) => (name) => {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  box.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
};

function optionsOf(UPlot, { series, kind, format, height, width, color }) {
  const axis = { stroke: color('--text-2'), grid: { stroke: color('--border'), width: 1 }, ticks: { stroke: color('--border'), width: 1 }, font: '12px system-ui' };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false },
    // Bars stand over their time: the first and the last need room.
    scales: { x: kind === 'bars' ? { range: padded } : {}, y: { range: (chart, low, high) => [0, high > 0 ? high * 1.1 : 1] } },
    axes: [{ ...axis, values: (chart, ticks, index, space, step) => ticks.map((tick) => timeOf(tick * 1000, step)) }, { ...axis, size: 64, values: (chart, ticks) => ticks.map((tick) => format(tick)) }],
    series: [{}, ...series.map((one) => {
      const stroke = color(COLORS[one.look] ?? '--accent');
      return { label: one.label, stroke, fill: kind === 'bars' ? stroke : undefined, width: kind === 'bars' ? 0 : 2, points: kind === 'bars' ? { show: false } : { size: 5 }, paths: kind === 'bars' ? UPlot.paths.bars({ size: [0.6, 48] }) : undefined };
    })],
  };
}

function padded(chart, low, high) {
  const times = chart.data[0];
  const half = times.length > 1 ? (high - low) / (times.length - 1) / 2 : 43_200;
  return [low - half, high + half];
}
