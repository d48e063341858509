// Undo and redo of what a run brought, or of one of its files: asked for with what will happen, and done by a run, whose page is
// shown then. What no flow brought is taken out by Batch Ingestion, which has no run to show.
//
//   const [ask, dialog] = useChange({ name, run, flow, batchId, rows, files, onEnd })
//     name         'run' or 'batch': what the page is about
//     rows, files  how many there are, undefined where that is not known
//     onEnd        called where the page that is shown stays
//   ask('undo'); ask('redo', { path, rows }); draw `dialog` somewhere
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { ErrorBox } from '../../components/error_box.js';
import { Select } from '../../components/select.js';
import { toast } from '../../components/toast.js';
import { call, CONVERSION, FLOW, IMPORT } from '../../lib/api.js';
import { plural } from '../../lib/format.js';
import { html, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { navigate } from '../../lib/router.js';

// Versions of a mapping that are offered.
const MOST_VERSIONS = 50;

export function useChange(about) {
  const [asked, setAsked] = useState(null);
  const dialog = asked && html`<${Change} ...${about} op=${asked.op} file=${asked.file} onClose=${() => setAsked(null)} />`;
  return [(op, file) => setAsked({ op, file }), dialog];
}

function Change({ op, file, onClose, ...about }) {
  const { name, flow, onEnd } = about;
  const [version, setVersion] = useState('');
  const [state, setState] = useState({});
  const mapping = flow?.transformations?.find((one) => one.name === 'Mapping')?.params;
  const undo = op === 'undo';
  const go = async () => {
    if (state.busy) return;
    setState({ busy: true });
    try {
      const made = await start(op, file, version, about);
      toast(undo ? 'The rows are being taken out' : 'The files are being read again');
      onClose();
      if (made) navigate(`/runs/${made}`);
      else onEnd?.();
    } catch (error) {
      setState({ error });
    }
  };
  return html`
    <${Dialog} open title=${`${undo ? 'Undo' : 'Redo'} this ${file ? 'file' : name}?`} onClose=${onClose} actions=${html`<${Button} onClick=${onClose}>Cancel<//>
      <${Button} danger=${undo} primary=${!undo} icon=${undo ? 'undo' : 'refresh'} busy=${state.busy} onClick=${go}>${undo ? 'Take the rows out' : 'Read again'}<//>`}>
      <div class="stack">
        ${file && html`<p class="mono">${file.path}</p>`}
        ${(undo ? ofUndo : ofRedo)(file, about).map((line) => html`<p>${line}</p>`)}
        ${!undo && mapping && html`<${Version} mapping=${mapping} value=${version} onChange=${setVersion} />`}
        <${ErrorBox} error=${state.error} />
      </div>
    <//>
  `;
}

// '' is the version that the dataflow has.
function Version({ mapping, value, onChange }) {
  const { data } = useLoad(async (signal) => (await call('GET', `${CONVERSION}/mappingSets/${encodeURIComponent(mapping.mappingId)}`, { signal })).version, [mapping.mappingId]);
  const own = Number(mapping.mappingVersion ?? 0);
  const newest = Math.max(own, data ?? 0);
  const others = Array.from({ length: Math.min(newest + 1, MOST_VERSIONS) }, (_, at) => newest - at).filter((one) => one !== own);
  const text = (one) => (one === newest ? `${one}, the newest` : String(one));
  return html`<${Select} label="Version of the mapping" value=${value} onChange=${onChange}
    options=${[['', `${own}, which the dataflow has now${own === newest && newest > 0 ? ', the newest' : ''}`], ...others.map((one) => [String(one), text(one)])]} />`;
}

// The id of the run that does it, or null where there is none.
async function start(op, file, version, { run, flow, batchId }) {
  if (!run || !flow) {
    await call('POST', `${IMPORT}/batches/${batchId}`, { query: { action: 'REVERT' } });
    return null;
  }
  const query = { op, path: file?.path, mappingVersion: op === 'redo' ? version : undefined };
  return (await call('POST', `${FLOW}/runs/${run.id}/action`, { query })).id;
}

const amountOf = (file, { rows }) => {
  const amount = file ? file.rows : rows;
  return amount == null ? 'the rows' : `up to ${plural(amount, 'row')}`;
};
const filesOf = (file, { name, files }) => (file ? 'this file' : files ? `the ${plural(files, 'file')} of this ${name}` : `the files of this ${name}`);

function ofUndo(file, about) {
  const back = about.flow ? `No later run reads ${filesOf(file, about)} again by itself; “Redo” does.` : 'To have them again, upload them again.';
  return [
    `Takes ${amountOf(file, about)} of this ${file ? 'file' : about.name} out of the dataset, in one snapshot. Readers see all of it or nothing of it.`,
    `${back} The source is not touched.`,
  ];
}

function ofRedo(file, about) {
  const one = Boolean(file) || about.files === 1;
  return [
    `Reads ${filesOf(file, about)} again as the source has ${one ? 'it' : 'them'} now. The very snapshot that brings the new rows takes out ${amountOf(file, about)} from before: nothing is there twice.`,
    'Where a file is gone or cannot be read, the new run fails and says which; the dataset stays as it is.',
  ];
}
