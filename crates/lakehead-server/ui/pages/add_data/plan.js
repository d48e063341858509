// What will happen on the first run: files, bytes, rows by estimate, the schema, and which of the sampled rows would be rejected for what.
import { planned } from './planned.js';
import { rowsExpected } from './rows_expected.js';
import { Card } from '../../components/card.js';
import { ErrorBox } from '../../components/error_box.js';
import { Icon } from '../../components/icon.js';
import { fieldsOf } from '../../lib/fields.js';
import { bytes, count, percent, plural } from '../../lib/format.js';
import { html, useMemo } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { useTrial } from '../../lib/mapping.js';
import { resolved } from '../../lib/registry.js';
import { rowsOf, rowsWithin } from '../../lib/sample.js';
import { path } from '../../lib/router.js';
import { groupsOf } from '../mapping/preview.js';

export default function Plan({ draft }) {
  const { source, dataset } = draft;
  const rules = draft.mapping?.rules ?? [];
  const rows = useMemo(() => rowsWithin(rowsOf(source?.sample)), [source?.sample]);
  const files = useLoad((signal) => planned(draft.account.id, source, signal), [draft.account?.id, source?.path, source?.type, source?.recursive]);
  const expected = useLoad(async (signal) => (files.data ? rowsExpected(draft.account.id, source, files.data, signal) : undefined), [files.data]);
  const schema = useLoad((signal) => resolved(dataset.schemaId, { signal }), [dataset?.schemaId]);
  const fields = useMemo(() => (schema.data ? fieldsOf(schema.data) : []), [schema.data]);
  const trial = useTrial({ schemaId: rules.length && schema.data ? dataset.schemaId : null, fields, rules, rows });
  return html`
    <${Card} title="What the first run will do" level=${3}>
      <${ErrorBox} error=${files.error} onRetry=${files.reload} />
      <${ErrorBox} error=${schema.error} onRetry=${schema.reload} />
      <${Numbers} found=${files.data} waiting=${files.loading} expected=${expected} schema=${schema.data} draft=${draft} />
      <${ErrorBox} error=${trial.error} />
      ${rules.length > 0 && html`<${Outcome} trial=${trial} rows=${rows} flow=${draft.flow} />`}
    <//>
  `;
}

function Numbers({ found, waiting, expected, schema, draft }) {
  const at = found && !found.complete ? 'at least ' : '';
  const dots = waiting ? '…' : '–';
  return html`<dl class="plan-numbers">
    <div><dt>Files</dt><dd>${found ? html`${at}${count(found.files)}` : dots}</dd></div>
    <div><dt>Size</dt><dd>${found && found.bytes !== null ? html`${at}${bytes(found.bytes)}` : dots}</dd></div>
    <div><dt>Rows</dt><dd><${Rows} found=${found} expected=${expected} at=${at} source=${draft.source} /></dd></div>
    <div><dt>Dataset</dt><dd class="words">${draft.dataset?.name}<span class="hint">${draft.dataset?.isNew ? 'will be made' : 'is there already'}</span></dd></div>
    <div><dt>Schema</dt><dd>${schema ? html`<a href=${path(`/schemas/${encodeURIComponent(schema['meta:altId'])}`)} target="_blank">${schema.title}</a>` : '…'}</dd></div>
  </dl>
  ${found?.files === 0 && html`<p class="notice">No file is there now. The run waits for nothing: it takes what is there when it starts.</p>`}`;
}

function Rows({ found, expected, at, source }) {
  if (!found || expected.data === undefined) return expected.error ? 'unknown' : '…';
  if (found.files === 0) return '0';
  if (!expected.data) return html`unknown<span class="hint">${source.encryption ? 'encrypted files are not looked into' : 'the files do not tell'}</span>`;
  const { rows, isExact, samples } = expected.data;
  return html`${at}${isExact ? '' : 'about '}${count(rows)}<span class="hint">${isExact ? 'counted' : `estimate from ${plural(samples, 'sampled file')}`}</span>`;
}

function Outcome({ trial, rows, flow }) {
  if (!rows.length) return html`<p class="hint">Without sample rows nothing can be said about rows that would be rejected.</p>`;
  if (!trial.rows) return html`<p class="hint" role="status">Trying the mapping on ${plural(rows.length, 'sample row')} …</p>`;
  const rejected = trial.open.length ? trial.rows.length : trial.rows.filter((row) => row.rejected).length;
  const threshold = flow?.partialIngestionPercent ?? 0;
  const over = rejected > 0 && (100 * rejected) / trial.rows.length > threshold;
  return html`
    <p class=${rejected ? 'says-bad' : 'says-good'}><strong>${rejected ? `${rejected} of ${plural(trial.rows.length, 'sample row')} would be rejected (${percent(rejected, trial.rows.length)})` : `All ${plural(trial.rows.length, 'sample row')} would land`}.</strong></p>
    ${over && html`<p class="notice">${threshold ? `That is more than the threshold of ${threshold} %: a run like this lands nothing.` : 'Without partial ingestion, one rejected row fails the run.'}</p>`}
    <ul class="error-groups">
      ${trial.open.map((one) => html`<li key=${one} class="says-bad"><${Icon} name="alert" /><span>The required field <code>${one}</code> is fed by nothing.</span></li>`)}
      ${groupsOf(trial.rows).slice(0, 10).map((group) => html`<li key=${group.text} class=${group.rejected ? 'says-bad' : 'says-warn'}><${Icon} name="alert" /><span><strong>${group.rejected ? `${plural(group.count, 'row')} rejected` : `Empty in ${plural(group.count, 'row')}`}</strong> ${group.text}</span></li>`)}
    </ul>
  `;
}
