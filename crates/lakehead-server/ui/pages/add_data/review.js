// Last step: everything that was chosen, what the first run would do, and the button that makes it.
import { FORMATS, optionsInWords } from './dialect.js';
import { THINGS, finish, firstRun } from './finish.js';
import { wrongFlow } from './schedule.js';
import { StepFrame } from './step.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { ErrorBox } from '../../components/error_box.js';
import { Icon } from '../../components/icon.js';
import { KeyValues } from '../../components/key_values.js';
import { toast } from '../../components/toast.js';
import { html, useEffect, useRef, useState } from '../../lib/html.js';
import { navigate } from '../../lib/router.js';
import { inWords, local, utc, wrongOf } from '../../lib/schedule.js';

export default function Review(props) {
  const { spec, draft, change, back, clear, go } = props;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const lacking = lackingOf(draft);
  const working = useRef(false);
  const make = async () => {
    // Before the button is drawn as busy, it can be pressed twice.
    if (working.current) return;
    working.current = true;
    setBusy(true);
    setError(null);
    try {
      const { flow, isFormer } = await finish(draft, (key, made) => change((before) => ({ made: { ...before.made, [key]: made } })));
      const run = draft.schedule.startTime === null ? await firstRun(flow).catch(() => null) : null;
      toast(isFormer ? 'The dataflow was there already, without your last changes' : 'The dataflow is made');
      clear();
      navigate(run ? `/runs/${run}` : `/flows/${flow}`);
    } catch (failure) {
      working.current = false;
      setError(failure);
      setBusy(false);
    }
  };
  const group = (title, step, items) => html`<${Card} title=${title} level=${3} actions=${html`<${Button} small quiet disabled=${busy} aria-label=${`Change: ${title}`} onClick=${() => go(step)}>Change<//>`}><${KeyValues} items=${items} /><//>`;
  return html`
    <${StepFrame} title="Review" text="Nothing is read or landed before you finish." back=${busy ? undefined : back} next=${make} nextText="Finish" busy=${busy} blocked=${lacking}>
      <div class="review">
        ${group('Connection', 'account', [['Source', spec.attributes?.connectorName ?? spec.name], ['Account', draft.account.name], ...whereOf(draft.account)])}
        ${group('Data', 'data', dataItems(draft))}
        ${group('Dataset and mapping', 'dataset', datasetItems(draft))}
        ${group('Schedule', 'schedule', scheduleItems(draft))}
      </div>
      <${Plan} ...${props} />
      ${(busy || error) && html`<${Progress} draft=${draft} busy=${busy} />`}
      ${error && html`<${ErrorBox} error=${{ ...error, detail: error.detail ?? error.message, advice: error.advice || 'Correct what it names and finish again: what was made already is kept and not made twice.' }} />`}
    <//>
  `;
}

function lackingOf(draft) {
  const { dataset, flow, schedule } = draft;
  if (!dataset?.id && !(dataset?.isNew && dataset.name && dataset.schemaId)) return 'Choose a dataset first.';
  if (!dataset.schemaId) return 'The dataset has no schema; choose another.';
  if (Object.keys(wrongFlow(flow)).length) return 'Give the dataflow a name and a threshold first.';
  return Object.values(wrongOf(schedule, Date.now()))[0] ? 'The schedule does not hold any more: choose another start.' : '';
}

const whereOf = ({ params = {} }) => [['Address', params.serviceUrl], ['Bucket', params.bucketName], ['Folder', params.folderPath]].filter(([, value]) => value);

function dataItems({ source }) {
  const kind = source.type === 'file' ? 'one file' : source.pattern ? 'files by pattern' : 'whole folder';
  return [
    ['Path', html`<code>${source.path}</code>`],
    ['What is read', source.type === 'folder' ? `${kind}, ${source.recursive ? 'with' : 'without'} the folders below` : kind],
    ...encryptionItems(source.encryption),
    ['Format', FORMATS.find(([one]) => one === source.format)?.[1] ?? source.format],
    ['Read with', optionsInWords(source.options)],
    ['Columns', String(source.sample?.schema?.columns?.length ?? '–')],
  ];
}

function encryptionItems(encryption) {
  if (!encryption) return [];
  return [['Encrypted for', encryption.key.name], ['Signed by', encryption.signer?.name ?? 'anybody: not checked'], ['Sample', html`<code>${encryption.sample}</code>`]];
}

function datasetItems({ dataset, mapping }) {
  return [
    ['Dataset', dataset?.name ?? dataset?.id],
    ['It is', dataset?.id ? 'there already' : 'made when you finish'],
    ['Mapping', mapping?.rules?.length ? `${mapping.rules.length} rules` : mapping?.id ? 'a stored mapping' : 'none: the files have the fields of the schema'],
  ];
}

function scheduleItems({ schedule, flow }) {
  const start = schedule.startTime;
  return [
    ['Dataflow', flow.name],
    ['Runs', inWords(schedule)],
    ['Start', start === null ? 'at once' : `${local(start * 1000)} (${utc(start * 1000)})`],
    ...(schedule.frequency === 'once' ? [] : [['Backfill', schedule.backfill ? 'yes' : 'no, only new files']]),
    ['Rows that fail', flow.partialIngestionPercent === null ? 'fail the run' : `up to ${flow.partialIngestionPercent} % are left out`],
    ['Diagnostics', flow.partialIngestionPercent !== null || flow.errorDiagnosticsEnabled ? 'on' : 'off'],
  ];
}

function Progress({ draft, busy }) {
  const things = THINGS.filter((one) => one.needed(draft));
  const current = things.find((one) => !draft.made[one.key]?.id);
  return html`<ul class="made" aria-live="polite" aria-label="What is made">${things.map((one) => html`
    <li key=${one.key}>${draft.made[one.key]?.id ? html`<${Icon} name="check" />` : html`<span class="made-mark" aria-hidden="true"></span>`}${one.title}
      <span class="hint">${draft.made[one.key]?.id ? 'made' : busy && one === current ? 'being made…' : 'to be made'}</span></li>`)}</ul>`;
}

// What the first run would do: files, rows, and what would be rejected. A part of its own, which may be missing.
function Plan(props) {
  const [component, set] = useState(null);
  useEffect(() => {
    let gone = false;
    import('./plan.js').then((module) => gone || set(() => module.default), () => gone || set(() => Missing));
    return () => { gone = true; };
  }, []);
  return component ? html`<${component} ...${props} />` : html`<p class="hint" role="status">Loading…</p>`;
}
const Missing = () => html`<p class="notice">What the first run will do is not shown in this version yet.</p>`;
