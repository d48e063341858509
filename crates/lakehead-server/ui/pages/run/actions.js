// What can be done with a run: cancel it while it is open; retry, undo or redo it when it has ended.
import { useChange } from './change.js';
import { Button } from '../../components/button.js';
import { confirm } from '../../components/dialog.js';
import { toast } from '../../components/toast.js';
import { call, FLOW } from '../../lib/api.js';
import { html, useState } from '../../lib/html.js';
import { navigate, path } from '../../lib/router.js';
import { batchOf, isOpen, numbersOf, stateOf } from '../../lib/runs.js';

export function Actions({ run, flow, dataset, onChange }) {
  const [busy, setBusy] = useState('');
  const { landed, rejected, files } = numbersOf(run);
  const [ask, dialog] = useChange({ name: 'run', run, flow, rows: landed, files });
  const act = async (op, after) => {
    setBusy(op);
    try {
      after(await call('POST', `${FLOW}/runs/${run.id}/action`, { query: { op } }));
    } catch (error) {
      toast(`${error.title}. ${error.detail ?? ''}`, 'bad');
    }
    setBusy('');
    onChange();
  };
  const cancel = async () => {
    const yes = await confirm({ title: 'Cancel this run?', action: 'Cancel the run', danger: true, text: 'Nothing of it lands. What earlier runs brought stays, and the next run begins with the same files.' });
    if (yes) act('CANCEL', () => toast('Cancelled'));
  };
  const retry = () => act('RE_TRIGGER', (made) => { toast('Started again'); navigate(`/runs/${made.id}`); });
  if (isOpen(run)) return html`<${Button} danger icon="close" busy=${busy === 'CANCEL'} onClick=${cancel}>Cancel the run<//>`;
  const brought = stateOf(run) === 'success' && batchOf(run);
  return html`
    ${brought && landed > 0 && html`<${Button} primary icon="database" disabled=${!dataset} title=${dataset ? undefined : 'Its dataset was not found'} href=${dataset && path(`/datasets/${dataset.id}`)}>See the rows<//>`}
    <${Button} primary=${stateOf(run) === 'failed'} icon="refresh" busy=${busy === 'RE_TRIGGER'} disabled=${flow && flow.state !== 'enabled'}
      title=${flow && flow.state !== 'enabled' ? 'The dataflow is not enabled' : 'Takes what has not landed yet; nothing lands twice'} onClick=${retry}>Retry<//>
    ${brought && landed > 0 && html`<${Button} icon="undo" onClick=${() => ask('undo')}>Undo<//>`}
    ${brought && landed + rejected > 0 && html`<${Button} icon="refresh" onClick=${() => ask('redo')}>Redo<//>`}
    ${dialog}
  `;
}
