// Name, description and schedule of a flow. Who saves what somebody else has changed meanwhile sees what changed, and decides.
import { Button } from '../../components/button.js';
import { DataTable } from '../../components/data_table.js';
import { Dialog } from '../../components/dialog.js';
import { ErrorBox } from '../../components/error_box.js';
import { Input } from '../../components/input.js';
import { Select } from '../../components/select.js';
import { Textarea } from '../../components/textarea.js';
import { toast } from '../../components/toast.js';
import { call, FLOW } from '../../lib/api.js';
import { absolute } from '../../lib/format.js';
import { html, useState } from '../../lib/html.js';
import { inWords, read } from '../../lib/due.js';
import { FREQUENCIES, LEAST } from '../../lib/schedule.js';

export function EditFlow({ flow, onClose, onSaved }) {
  const [base, setBase] = useState(flow);
  const [form, setForm] = useState(() => formOf(flow));
  const [state, setState] = useState({});
  const set = (name) => (value) => setForm((before) => ({ ...before, [name]: value }));
  const began = read(base.scheduleParams)?.startMs <= Date.now();
  const wrong = check(form);
  const save = async (event) => {
    event?.preventDefault();
    const operations = changes(base, form);
    if (wrong || state.busy) return;
    if (!operations.length) return onClose();
    setState({ busy: true });
    try {
      await call('PATCH', `${FLOW}/flows/${flow.id}`, { body: operations, ifMatch: base.etag });
      toast('Saved');
      onSaved();
      onClose();
    } catch (error) {
      if (error.status !== 412) return setState({ error });
      const now = (await call('GET', `${FLOW}/flows/${flow.id}`)).items[0];
      setState({ conflict: differences(base, now, form) });
      setBase(now);
    }
    return undefined;
  };
  return html`
    <${Dialog} open wide=${Boolean(state.conflict)} title="Edit the dataflow" onClose=${onClose} actions=${html`<${Button} onClick=${onClose}>Cancel<//>
      <${Button} primary busy=${state.busy} disabled=${Boolean(wrong)} onClick=${save}>${state.conflict ? 'Save mine over it' : 'Save'}<//>`}>
      <form class="stack" onSubmit=${save}>
        ${state.conflict && html`<${Conflict} rows=${state.conflict} onTake=${() => { setForm(formOf(base)); setState({}); }} />`}
        <${Input} label="Name" required value=${form.name} onInput=${set('name')} error=${wrong?.name} maxlength="255" />
        <${Textarea} label="Description" optional value=${form.description} onInput=${set('description')} rows="2" />
        <${Select} label="Runs" value=${form.frequency} onChange=${set('frequency')} options=${FREQUENCIES.filter(([one]) => !began || one !== 'once' || form.frequency === 'once').map(([one, text]) => [one, one === 'once' ? text : `Every … ${text.toLowerCase()}`])} />
        ${form.frequency !== 'once' && html`<${Input} label=${`Every how many ${form.frequency}s`} type="number" min="1" value=${form.interval} onInput=${set('interval')} error=${wrong?.interval} />`}
        <${Input} label="First run" type="datetime-local" value=${form.start} onInput=${set('start')} disabled=${began} help=${began ? 'It has begun: the first run stays where it was.' : 'In your local time.'} error=${wrong?.start} />
        <${ErrorBox} error=${state.error} />
      </form>
    <//>
  `;
}

function Conflict({ rows, onTake }) {
  return html`
    <div class="error-box" role="alert"><div class="stack">
      <p class="error-title">Somebody else has changed this dataflow since you opened it</p>
      ${rows.length > 0 && html`<div class="wrap-table"><${DataTable} label="What was changed" rows=${rows} rowKey=${(row) => row.field} columns=${[
        { key: 'field', title: 'Field' }, { key: 'before', title: 'Before' }, { key: 'now', title: 'Now' }, { key: 'mine', title: 'Yours' }]} /></div>`}
      ${rows.length === 0 && html`<p>What you can edit here is as it was; something else has changed.</p>`}
      <p><${Button} small onClick=${onTake}>Take theirs<//></p>
    </div></div>
  `;
}

const local = (ms) => (Number.isFinite(ms) ? new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : '');

function formOf(flow) {
  const schedule = read(flow.scheduleParams) ?? { frequency: 'once', interval: 1, startMs: Date.now() + 60_000 };
  return { name: flow.name ?? '', description: flow.description ?? '', frequency: schedule.frequency, interval: String(schedule.interval || 1), start: local(schedule.startMs) };
}

function check({ name, frequency, interval, start }) {
  const wrong = {};
  const least = LEAST[frequency];
  if (!name.trim()) wrong.name = 'Needed.';
  if (least && !(Number.isInteger(Number(interval)) && Number(interval) >= 1)) wrong.interval = 'A whole number.';
  if (!start) wrong.start = 'Needed.';
  return Object.keys(wrong).length ? wrong : null;
}

// Only what differs is sent, so that what others changed elsewhere stays.
function changes(flow, form) {
  const before = formOf(flow);
  const operations = [];
  const put = (path, value) => operations.push({ op: 'add', path, value });
  if (form.name !== before.name) put('/name', form.name.trim());
  if (form.description !== before.description) put('/description', form.description);
  if (['frequency', 'interval', 'start'].some((name) => form[name] !== before[name])) put('/scheduleParams', scheduleOf(flow, form, before));
  return operations;
}

function scheduleOf(flow, form, before) {
  const { interval, backfill, ...kept } = flow.scheduleParams ?? {};
  const schedule = { ...kept, frequency: form.frequency };
  if (form.start !== before.start || !kept.startTime) schedule.startTime = String(Math.floor(new Date(form.start).getTime() / 1000));
  if (form.frequency === 'once') return schedule;
  return { ...schedule, interval: Number(form.interval), ...(backfill !== undefined && { backfill }) };
}

function differences(before, now, form) {
  const mine = { name: form.name, description: form.description, schedule: form.frequency === 'once' ? 'Once' : `Every ${form.interval} ${form.frequency}s` };
  const shown = (flow) => ({ name: flow.name, description: flow.description ?? '', schedule: inWords(flow.scheduleParams), state: flow.state, changed: absolute(flow.updatedAt), by: flow.updatedBy });
  const [was, is] = [shown(before), shown(now)];
  const rows = Object.keys(is).filter((field) => was[field] !== is[field]);
  return rows.map((field) => ({ field, before: was[field] || '–', now: is[field] || '–', mine: mine[field] ?? '–' }));
}
