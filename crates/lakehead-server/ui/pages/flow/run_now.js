// Runs a flow now; a flow that runs once may be given the stretch of time whose files it takes.
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { ErrorBox } from '../../components/error_box.js';
import { Input } from '../../components/input.js';
import { toast } from '../../components/toast.js';
import { call, FLOW } from '../../lib/api.js';
import { html, useState } from '../../lib/html.js';
import { navigate } from '../../lib/router.js';
import { read } from '../../lib/due.js';

export function RunNow({ flow, onClose, onStarted }) {
  const [start, setStart] = useState('');
  const [end, setEnd] = useState('');
  const [state, setState] = useState({});
  const windowed = read(flow.scheduleParams)?.frequency === 'once';
  const half = Boolean(start) !== Boolean(end);
  const backwards = start && end && end < start;
  const go = async (event) => {
    event?.preventDefault();
    if (half || backwards || state.busy) return;
    setState({ busy: true });
    const seconds = (text) => Math.floor(new Date(text).getTime() / 1000);
    const params = start ? { startTime: Math.ceil(Date.now() / 1000), windowStartTime: seconds(start), windowEndTime: seconds(end) } : undefined;
    try {
      const { id } = await call('POST', `${FLOW}/runs`, { body: { flowId: flow.id, ...(params && { params }) } });
      toast('Started');
      onStarted();
      navigate(`/runs/${id}`);
    } catch (error) {
      setState({ error });
    }
  };
  return html`
    <${Dialog} open title="Run now" onClose=${onClose} actions=${html`<${Button} onClick=${onClose}>Cancel<//><${Button} primary icon="play" busy=${state.busy} onClick=${go}>Run now<//>`}>
      <form class="stack" onSubmit=${go}>
        <p>Takes every file that is new or was changed since it landed. Nothing lands twice.</p>
        ${windowed && html`
          <details><summary>Only files of a stretch of time</summary>
            <div class="pair">
              <${Input} label="From" type="datetime-local" value=${start} onInput=${setStart} optional error=${half && !start ? 'Give both times, or neither.' : undefined} />
              <${Input} label="To" type="datetime-local" value=${end} onInput=${setEnd} optional error=${half && !end ? 'Give both times, or neither.' : backwards ? 'This is before the beginning.' : undefined} />
            </div>
            <p class="help">By the time at which the storage says that a file was changed.</p>
          </details>`}
        <${ErrorBox} error=${state.error} />
      </form>
    <//>
  `;
}
