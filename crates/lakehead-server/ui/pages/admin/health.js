// Whether the server can work, and a few of its numbers: the probes and the metrics that monitoring reads too.
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { DataTable } from '../../components/data_table.js';
import { ErrorBox } from '../../components/error_box.js';
import { KeyValues } from '../../components/key_values.js';
import { Page } from '../../components/page.js';
import { StateBadge } from '../../components/state_badge.js';
import { Time } from '../../components/time.js';
import { call } from '../../lib/api.js';
import { bytes, count, duration } from '../../lib/format.js';
import { html } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { parsed, quantile, sum } from '../../lib/metrics.js';

const EVERY_MS = 10_000;
const CHECKS = { database: 'Database', migrations: 'Tables of the database', lake: 'Folder of the lake' };

export default function Health() {
  const alive = useLoad((signal) => call('GET', '/healthz', { signal, sandbox: null }), [], { everyMs: EVERY_MS });
  const ready = useLoad((signal) => probe(signal), [], { everyMs: EVERY_MS });
  const metrics = useLoad(numbers, [], { everyMs: EVERY_MS });
  const reload = () => [alive, ready, metrics].forEach((one) => one.reload());
  return html`
    <${Page} title="Health" subtitle="What the probes and the metrics of this server say. Refreshed every ten seconds." actions=${html`<${Button} icon="refresh" onClick=${reload}>Reload<//>`}>
      <div class="grid">
        <${Card} title="Process"><${Probe} state=${alive} path="/healthz" ok=${alive.data?.status === 'ok'} /><//>
        <${Card} title="Can it work?">
          <${Probe} state=${ready} path="/readyz" ok=${ready.data?.status === 'ready'} />
          ${ready.data?.checks && html`<ul class="users">${Object.entries(ready.data.checks).map(([name, said]) => html`<li key=${name}><${StateBadge} state=${said === 'ok' ? 'ok' : 'failed'} /> ${CHECKS[name] ?? name}${said === 'ok' ? '' : `: ${said}`}</li>`)}</ul>`}
        <//>
      </div>
      ${metrics.error && !metrics.data && html`<${NoMetrics} error=${metrics.error} onRetry=${metrics.reload} />`}
      ${metrics.data && html`<${Numbers} all=${metrics.data} />`}
    <//>
  `;
}

// Their media type is no text in the eyes of lib/api.js.
async function numbers(signal) {
  const body = await call('GET', '/metrics', { signal, sandbox: null });
  return parsed(body instanceof Blob ? await body.text() : body);
}

// A server that is not ready says so with 503, and why.
async function probe(signal) {
  try {
    return await call('GET', '/readyz', { signal, sandbox: null });
  } catch (error) {
    if (error.status === 503 && error.body?.checks) return error.body;
    throw error;
  }
}

function Probe({ state, path, ok }) {
  if (state.error) return html`<${ErrorBox} error=${state.error} />`;
  return html`<p class="row"><${StateBadge} state=${!state.data ? 'loading' : ok ? 'ok' : 'failed'}>${!state.data ? 'asking' : ok ? 'ok' : 'not ready'}<//><code>GET ${path}</code></p>`;
}

function NoMetrics({ error, onRetry }) {
  if (error.status !== 403) return html`<${ErrorBox} error=${error} onRetry=${onRetry} />`;
  return html`<${Card} title="Numbers"><p>${error.detail}</p><p class="hint">Administrators see the numbers here; Prometheus reads them at the address of <code>metrics_listen</code> in the configuration.</p><//>`;
}

function Numbers({ all }) {
  const started = sum(all, 'process_start_time_seconds');
  const total = (name, labels) => count(sum(all, name, labels));
  return html`
    <${Card} class="card summary" title="Now"><${KeyValues} items=${[
      ['Runs waiting', total('lakehead_runs_waiting')], ['Runs at work', total('lakehead_runs_running')], ['Worker processes', total('lakehead_workers')],
      ['Memory', bytes(sum(all, 'process_resident_memory_bytes'))],
      ['Database answers in', duration((sum(all, 'lakehead_database_ping_seconds') ?? 0) * 1000)],
      ['Started', started ? html`<${Time} ms=${started * 1000} />` : '–'],
    ]} /><//>
    <${Card} class="card summary" title="Since the start"><${KeyValues} items=${[
      ['Requests', total('lakehead_http_requests_total')], ['Answered with 5xx', total('lakehead_http_requests_total', { status: '5xx' })],
      ['Half of the requests within', time(quantile(all, 'lakehead_http_request_duration_seconds', 0.5))], ['99 % within', time(quantile(all, 'lakehead_http_request_duration_seconds', 0.99))],
      ['Rows read', total('lakehead_rows_read_total')], ['Rows landed', total('lakehead_rows_landed_total')], ['Rows rejected', total('lakehead_rows_rejected_total')],
      ['Bytes read', bytes(sum(all, 'lakehead_bytes_read_total'))],
      ['Runs that landed', count((sum(all, 'lakehead_runs_total', { outcome: 'success' }) ?? 0) + (sum(all, 'lakehead_runs_total', { outcome: 'partial' }) ?? 0))], ['Runs that failed', total('lakehead_runs_total', { outcome: 'failed' })],
    ]} /><//>
    <${Routes} all=${all} />
  `;
}

const time = (seconds) => (seconds === Infinity ? 'more than 30 s' : seconds == null ? '–' : duration(seconds * 1000));

function Routes({ all }) {
  const routes = new Map();
  for (const { labels, value } of all.get('lakehead_http_requests_total') ?? []) {
    const key = `${labels.method} ${labels.route}`;
    const row = routes.get(key) ?? { key, method: labels.method, route: labels.route, requests: 0, refused: 0, failed: 0 };
    row.requests += value;
    if (labels.status === '4xx') row.refused += value;
    if (labels.status === '5xx') row.failed += value;
    routes.set(key, row);
  }
  const rows = [...routes.values()].sort((a, b) => b.requests - a.requests).slice(0, 15);
  if (!rows.length) return null;
  const columns = [
    { key: 'route', title: 'Route', wide: true, render: (row) => html`<code title=${row.route}>${row.key}</code>` },
    { key: 'requests', title: 'Requests', align: 'end', render: (row) => count(row.requests) },
    { key: 'refused', title: '4xx', align: 'end', render: (row) => count(row.refused) },
    { key: 'failed', title: '5xx', align: 'end', render: (row) => html`<span class=${row.failed ? 'bad-text' : undefined}>${count(row.failed)}</span>` },
    { key: 'p', title: 'Half within', align: 'end', render: (row) => time(quantile(all, 'lakehead_http_request_duration_seconds', 0.5, { method: row.method, route: row.route })) },
  ];
  return html`<${Card} title="Routes that are asked most"><${DataTable} label="Routes" columns=${columns} rows=${rows} rowKey=${(row) => row.key} /><//>`;
}
