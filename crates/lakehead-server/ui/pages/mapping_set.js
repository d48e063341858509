// One mapping set: its rules in the editor, its versions, and the dataflows that use it.
import { Button } from '../components/button.js';
import { Card } from '../components/card.js';
import { ErrorBox } from '../components/error_box.js';
import { KeyValues } from '../components/key_values.js';
import { Page } from '../components/page.js';
import { Select } from '../components/select.js';
import { Time } from '../components/time.js';
import { toast } from '../components/toast.js';
import { all, call, CONVERSION, FLOW } from '../lib/api.js';
import { fieldsOf, fieldsOfColumns } from '../lib/fields.js';
import { plural } from '../lib/format.js';
import { html, useEffect, useMemo, useState } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { bodyOf, rulesOf } from '../lib/mapping.js';
import { stepsOf } from '../lib/paths.js';
import { resolved } from '../lib/registry.js';
import { path, useQuery } from '../lib/router.js';
import { batchOf } from '../lib/runs.js';
import { columnsOf, rowsOf } from '../lib/sample.js';
import { hasPage } from '../pages.js';
import { MappingEditor } from './mapping/editor.js';
import { SampleRows } from './mapping/sample_rows.js';

// Dataflows that are looked through for this mapping.
const MOST_FLOWS = 500;

export default function MappingSet({ params }) {
  // `run` is the run whose errors led here.
  const [{ version, run: runId }, setQuery] = useQuery();
  const { data, error, reload } = useLoad((signal) => load(params.id, version, signal), [params.id, version]);
  const users = useLoad((signal) => flowsWith(params.id, signal), [params.id]);
  const run = useLoad(async (signal) => (runId ? (await call('GET', `${FLOW}/runs/${encodeURIComponent(runId)}`, { signal })).items[0] : null), [runId]);
  // null where there is none; undefined while it is not known.
  const batch = !runId || run.error ? null : run.data && (batchOf(run.data) ?? null);
  const set = data?.set;
  // The list of dataflows stands above the editor, which would move when it comes.
  const ready = data && (users.data || users.error);
  const name = set?.name || `Mapping ${params.id.slice(0, 8)}`;
  return html`
    <${Page} title=${name} subtitle=${data && html`Maps to the schema <a href=${path(`/schemas/${encodeURIComponent(data.schema['meta:altId'])}`)}>${data.schema.title}</a>`} crumbs=${[['Mappings', '/mapping-sets']]}>
      ${error && html`<${ErrorBox} error=${error} onRetry=${reload} />`}
      ${!ready && !error && html`<p class="hint" role="status">Loading the mapping …</p>`}
      ${ready && html`
        <${About} data=${data} flows=${users.data} onChange=${users.reload} onVersion=${(one) => setQuery({ version: Number(one) === data.newest ? '' : one })} />
        ${run.data && html`<${Next} set=${set} flow=${users.data?.find((flow) => flow.id === run.data.flowId)} run=${run.data} />`}
        <${Editing} key=${`${set.id}/${set.version}`} data=${data} flows=${users.data} batch=${batch} onSaved=${() => { setQuery({ version: '' }); reload(); document.querySelector('main h1').focus(); }} />`}
    <//>
  `;
}

async function load(id, version, signal) {
  const at = `${CONVERSION}/mappingSets/${encodeURIComponent(id)}`;
  const newest = await call('GET', at, { signal });
  const set = version && Number(version) !== newest.version ? await call('GET', at, { query: { version }, signal }) : newest;
  const schemaId = set.outputSchema?.schemaRef?.id ?? set.xdmSchema;
  const schema = await resolved(schemaId, { signal });
  return { set, newest: newest.version, schemaId, schema, fields: fieldsOf(schema), rules: rulesOf(set) };
}

async function flowsWith(id, signal) {
  const flows = await all(`${FLOW}/flows`, { query: { limit: 100 }, signal, most: MOST_FLOWS });
  return flows.filter((flow) => flow.transformations?.some((one) => one.params?.mappingId === id));
}

const mappingOf = (flow, id) => flow?.transformations?.find((one) => one.params?.mappingId === id)?.params;
const versionOf = (flow, id) => Number(mappingOf(flow, id)?.mappingVersion ?? 0);

function About({ data: { set, newest }, flows, onChange, onVersion }) {
  const linked = hasPage('/flows/:id');
  const versions = Array.from({ length: Math.min(newest + 1, 200) }, (_, at) => newest - at);
  return html`
    <${Card}>
      <div class="mapping-about">
        <${Select} label="Version" value=${String(set.version)} options=${versions.map((one) => [String(one), one === newest ? `${one}, the newest` : String(one)])} onChange=${onVersion} />
        <${KeyValues} items=${[
          ['Changed', html`<${Time} ms=${set.modifiedDate ?? set.createdDate} />`],
          ['Used by', flows === undefined ? '…' : flows.length ? html`<ul>${flows.map((flow) => html`<li>${linked ? html`<a href=${path(`/flows/${flow.id}`)}>${flow.name}</a>` : flow.name} <span class="hint">version ${versionOf(flow, set.id)}</span> <${Use} flow=${flow} set=${set} onChange=${onChange} /></li>`)}</ul>` : 'No dataflow'],
        ]} />
      </div>
      ${set.version !== newest && html`<p class="notice">This is an older version. Saving it makes it the newest.</p>`}
    <//>
  `;
}

// Lets the later runs of a dataflow use the version that is shown.
function Use({ flow, set, onChange }) {
  const [busy, setBusy] = useState(false);
  if (versionOf(flow, set.id) === set.version) return null;
  const use = async () => {
    setBusy(true);
    const transformations = flow.transformations.map((one) => (one.params?.mappingId === set.id ? { ...one, params: { ...one.params, mappingVersion: set.version } } : one));
    try {
      await call('PATCH', `${FLOW}/flows/${flow.id}`, { body: [{ op: 'replace', path: '/transformations', value: transformations }], ifMatch: flow.etag });
      toast(`${flow.name} uses version ${set.version} now`);
    } catch (error) {
      toast(`${error.title}. ${error.detail ?? ''}`, 'bad');
    }
    setBusy(false);
    onChange();
  };
  return html`<${Button} small busy=${busy} aria-label=${`Use version ${set.version} in ${flow.name}`} onClick=${use}>Use version ${set.version}<//>`;
}

// What follows when one came from a run that rejected rows.
function Next({ set, flow, run }) {
  const ready = flow && versionOf(flow, set.id) === set.version && set.version > 0;
  return html`<div class="notice row"><span>${ready ? `${flow.name} uses version ${set.version}. Go back to the run, and redo the file or the whole run: what was rejected is read again through it.`
    : 'Correct the mapping until no rejected row is left, save it, and let the dataflow use the new version. Then redo the run.'}</span>
    <${Button} small href=${path(`/runs/${run.id}`)}>Back to the run<//></div>`;
}

function Editing({ data, flows, batch, onSaved }) {
  const { set, schemaId, fields } = data;
  const [mapping, setMapping] = useState({ rules: data.rules });
  const [sample, setSample] = useState({ rows: [] });
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState(null);
  const changed = JSON.stringify(mapping.rules) !== JSON.stringify(data.rules);
  const rows = useMemo(() => rowsOf(sample), [sample]);
  const source = useMemo(() => fieldsOfColumns(rows.length ? columnsOf(sample) : columnsOfRules(data.rules)), [sample]);
  useEffect(() => {
    const ask = (event) => changed && event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [changed]);
  const save = async () => {
    setSaving(true);
    setError(null);
    try {
      const more = { name: set.name, description: set.description, status: set.status, strictMapping: set.strictMapping, allowNullValues: set.allowNullValues };
      const saved = await call('PUT', `${CONVERSION}/mappingSets/${set.id}`, { body: bodyOf(schemaId, mapping.rules, more) });
      toast(`Saved as version ${saved.version}`);
      onSaved();
    } catch (failed) {
      setError(failed);
    }
    setSaving(false);
  };
  return html`
    <${SampleRows} flows=${flows} batch=${batch} sample=${sample} onSample=${setSample} />
    <${MappingEditor} schemaId=${schemaId} fields=${fields} source=${source} rows=${rows} mapping=${mapping} onChange=${setMapping} />
    ${error && html`<${ErrorBox} error=${error} />`}
    <div class="save-bar">
      <p class="hint">${changed ? `${plural(mapping.rules.length, 'field')} mapped, not saved yet.` : 'Nothing has changed.'}${flows?.length > 0 && ' Dataflows keep the version they name until you change them.'}</p>
      <div class="actions">
        <${Button} disabled=${!changed} onClick=${() => setMapping({ rules: data.rules })}>Undo changes<//>
        <${Button} primary disabled=${!changed} busy=${saving} onClick=${save}>Save as a new version<//>
      </div>
    </div>
  `;
}

// Without sample rows, the columns are those that rules name.
function columnsOfRules(rules) {
  const root = {};
  for (const rule of rules.filter((one) => one.sourceType === 'ATTRIBUTE')) {
    let level = root;
    const steps = stepsOf(rule.source).filter((step) => typeof step === 'string' && step !== '*');
    steps.forEach((step, at) => {
      level[step] ??= at < steps.length - 1 ? { type: 'object', properties: {} } : { type: 'string' };
      if (at < steps.length - 1) level = level[step].properties ??= {};
    });
  }
  return Object.entries(root).map(([name, xdm]) => ({ name, xdm: xdm.properties ? { type: 'object', properties: xdm.properties } : xdm }));
}
