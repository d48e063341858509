// What can be done with a dataflow: run, enable, disable, publish, edit, delete.
import { RunNow } from './run_now.js';
import { EditFlow } from './edit.js';
import { Button } from '../../components/button.js';
import { confirm } from '../../components/dialog.js';
import { toast } from '../../components/toast.js';
import { call, FLOW } from '../../lib/api.js';
import { html, useState } from '../../lib/html.js';
import { navigate } from '../../lib/router.js';

export function Actions({ flow, onChange, onReload }) {
  const [busy, setBusy] = useState('');
  const [open, setOpen] = useState('');
  const act = async (op, done) => {
    setBusy(op);
    try {
      await call('POST', `${FLOW}/flows/${flow.id}/action`, { query: { op }, ifMatch: flow.etag });
      toast(done);
    } catch (error) {
      toast(`${error.title}. ${error.detail ?? ''}`, 'bad');
    }
    setBusy('');
    onChange();
  };
  const disable = async () => {
    const yes = await confirm({ title: 'Disable this dataflow?', action: 'Disable', text: 'No further run begins, and runs that wait are stopped. A run that works goes on to its end. What has landed stays.' });
    if (yes) act('disable', 'Disabled');
  };
  const remove = async () => {
    const yes = await confirm({ title: `Delete “${flow.name}”?`, action: 'Delete the dataflow', danger: true, text: 'Its schedule, and runs that wait or work, end. Rows that have landed stay in the dataset. This cannot be taken back.' });
    if (!yes) return;
    setBusy('delete');
    try {
      await call('DELETE', `${FLOW}/flows/${flow.id}`);
      toast('Deleted');
      navigate('/flows');
    } catch (error) {
      setBusy('');
      toast(`${error.title}. ${error.detail ?? ''}`, 'bad');
    }
  };
  return html`
    ${flow.state === 'enabled' && html`<${Button} primary icon="play" onClick=${() => setOpen('run')}>Run now<//>`}
    ${flow.state === 'disabled' && html`<${Button} primary icon="play" busy=${busy === 'enable'} onClick=${() => act('enable', 'Enabled')}>Enable<//>`}
    ${flow.state === 'draft' && html`<${Button} primary icon="check" busy=${busy === 'publish'} onClick=${() => act('publish', 'Published')}>Publish<//>`}
    ${flow.state === 'enabled' && html`<${Button} icon="pause" busy=${busy === 'disable'} onClick=${disable}>Disable<//>`}
    <${Button} icon="settings" onClick=${() => setOpen('edit')}>Edit<//>
    <${Button} danger icon="trash" busy=${busy === 'delete'} onClick=${remove}>Delete<//>
    ${open === 'run' && html`<${RunNow} flow=${flow} onClose=${() => setOpen('')} onStarted=${onChange} />`}
    ${open === 'edit' && html`<${EditFlow} flow=${flow} onClose=${() => setOpen('')} onSaved=${onReload} />`}
  `;
}
