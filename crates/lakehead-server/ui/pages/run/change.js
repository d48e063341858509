// Undo and redo of a run or of one of its files, with a question that says exactly what will happen.
//   const [ask, dialog] = useChange(run, flow); ask('undo'), ask('redo', file); draw `dialog` somewhere
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { ErrorBox } from '../../components/error_box.js';
import { Input } from '../../components/input.js';
import { toast } from '../../components/toast.js';
import { call, FLOW } from '../../lib/api.js';
import { plural } from '../../lib/format.js';
import { html, useState } from '../../lib/html.js';
import { navigate } from '../../lib/router.js';
import { numbersOf } from '../../lib/runs.js';

export function useChange(run, flow) {
  const [asked, setAsked] = useState(null);
  const close = () => setAsked(null);
  const dialog = asked && html`<${Change} run=${run} flow=${flow} op=${asked.op} file=${asked.file} onClose=${close} />`;
  return [(op, file) => setAsked({ op, file }), dialog];
}

function Change({ run, flow, op, file, onClose }) {
  const [version, setVersion] = useState('');
  const [state, setState] = useState({});
  const mapping = flow?.transformations?.find((one) => one.name === 'Mapping')?.params;
  const title = `${op === 'undo' ? 'Undo' : 'Redo'} ${file ? 'this file' : 'this run'}?`;
  const wrong = version !== '' && !/^\d+$/.test(version) ? 'A whole number, such as 2.' : undefined;
  const go = async () => {
    if (wrong || state.busy) return;
    setState({ busy: true });
    try {
      const query = { op, path: file?.pathPrefix, mappingVersion: op === 'redo' ? version : undefined };
      const made = await call('POST', `${FLOW}/runs/${run.id}/action`, { query });
      toast(op === 'undo' ? 'The rows are being taken out' : 'The files are being read again');
      onClose();
      navigate(`/runs/${made.id}`);
    } catch (error) {
      setState({ error });
    }
  };
  return html`
    <${Dialog} open title=${title} onClose=${onClose} actions=${html`<${Button} onClick=${onClose}>Cancel<//>
      <${Button} danger=${op === 'undo'} primary=${op === 'redo'} icon=${op === 'undo' ? 'undo' : 'refresh'} busy=${state.busy} onClick=${go}>${op === 'undo' ? 'Take the rows out' : 'Read again'}<//>`}>
      <div class="stack">
        ${file && html`<p class="mono">${file.pathPrefix}</p>`}
        ${consequences(run, op, file).map((line) => html`<p>${line}</p>`)}
        ${op === 'redo' && mapping && html`<${Input} label="Version of the mapping" optional value=${version} onInput=${setVersion} error=${wrong} inputmode="numeric"
          help=${`Empty: the one that the dataflow has now, ${mapping.mappingVersion ?? 0}.`} />`}
        <${ErrorBox} error=${state.error} />
      </div>
    <//>
  `;
}

function consequences(run, op, file) {
  const { landed = 0, files = 0 } = numbersOf(run);
  const rows = file ? file.outputRecordCount : landed;
  const what = file ? 'this file' : `the ${plural(files, 'file')} of this run`;
  const amount = rows == null ? 'The rows' : `Up to ${plural(rows, 'row')}`;
  if (op === 'undo') {
    return [
      `${amount} that ${file ? 'this file' : 'this run'} brought go out of the dataset, in one snapshot. Readers see all of it or nothing of it.`,
      `No later run reads ${what} again by itself; “Redo” does. The source is not touched.`,
    ];
  }
  return [
    `Reads ${what} again as the source has ${file ? 'it' : 'them'} now. ${amount} that ${file ? 'it' : 'they'} brought before go in the very snapshot that brings the new ones: nothing is there twice.`,
    'Where a file is gone or cannot be read, the new run fails and says which; the dataset stays as it is.',
  ];
}
