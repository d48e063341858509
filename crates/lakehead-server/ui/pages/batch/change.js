// Undo and replay: asked for with what will happen, done by a run, and followed until it has ended.
//
//   actsOf(data)              {undo, redo}: what can be done with the batch now
//   useChange(data, onEnd)    {ask(op, file), busy, message, error}; `file` is {path, rows} of one source file
import { confirm } from '../../components/dialog.js';
import { toast } from '../../components/toast.js';
import { ApiError, call, FLOW, IMPORT } from '../../lib/api.js';
import { plural } from '../../lib/format.js';
import { html, useEffect, useRef, useState } from '../../lib/html.js';
import { isOpen } from '../../lib/runs.js';

const LOOK_MS = 700;

export function actsOf({ batch, flow, run }) {
  const landed = ['success', 'active'].includes(batch.status);
  return { undo: landed, redo: Boolean(run && flow) && (landed || batch.status === 'inactive') };
}

export const isUndone = (batch, path) => batch.status === 'inactive' || Boolean(batch.undone?.some((entry) => !entry.path || entry.path === path));

export function useChange(data, onEnd) {
  const [state, setState] = useState({ busy: null, message: null, error: null });
  const gone = useRef(false);
  useEffect(() => () => { gone.current = true; }, []);
  const set = (next) => gone.current || setState(next);
  const ask = async (op, file) => {
    if (!(await confirm(question(op, file, data)))) return;
    const what = file ? `file ${file.path}` : 'the batch';
    set({ busy: file ? `${op} ${file.path}` : op, message: `${op === 'undo' ? 'Taking out' : 'Reading again'} ${what}…`, error: null });
    try {
      const run = await start(op, file, data);
      const ended = run && (await untilEnded(run, gone));
      const status = ended?.metrics?.statusSummary?.status ?? ended?.state ?? 'success';
      if (status === 'failed') throw failureOf(ended);
      toast(op === 'undo' ? 'Taken out' : 'Read again');
      set({ busy: null, message: doneText(op, what, ended), error: null });
    } catch (error) {
      set({ busy: null, message: null, error });
    }
    if (!gone.current) onEnd();
  };
  return { ...state, ask };
}

function question(op, file, { batch, dataset, flow }) {
  const rows = file ? file.rows : (batch.recordCount ?? batch.metrics?.outputRecordCount);
  const what = file ? `the file “${file.path}”` : 'this batch';
  if (op === 'undo') {
    return {
      title: file ? 'Undo this file?' : 'Undo this batch?', action: file ? 'Undo the file' : 'Undo the batch', danger: true,
      text: html`${rows == null ? 'The rows' : `About ${plural(rows, 'row')}`} of ${what} ${rows === 1 ? 'is' : 'are'} taken out of “${dataset.name}” in one new snapshot. Everything else stays, and older snapshots still show the rows until they expire. No later run of ${flow ? `“${flow.name}”` : 'a flow'} brings them back by itself; ${flow ? 'a replay does' : 'upload them again for that'}.`,
    };
  }
  return {
    title: file ? 'Replay this file?' : 'Replay this batch?', action: file ? 'Replay the file' : 'Replay the batch',
    text: html`${file ? 'The file is' : 'All files of this batch are'} read from the source as ${file ? 'it is' : 'they are'} now, through the mapping that “${flow?.name}” has now. The former rows go in the very snapshot that brings the new ones. If a file cannot be read, nothing changes.`,
  };
}

// A batch that no flow brought is taken back by Batch Ingestion, which answers before it is done.
async function start(op, file, { batch, run, flow }) {
  if (!run || !flow) {
    await call('POST', `${IMPORT}/batches/${batch.id}`, { query: { action: 'REVERT' } });
    return null;
  }
  const body = await call('POST', `${FLOW}/runs/${run.id}/action`, { query: { op, path: file?.path } });
  return body?.items?.[0]?.id ?? body?.id ?? null;
}

async function untilEnded(id, gone) {
  for (;;) {
    const run = (await call('GET', `${FLOW}/runs/${id}`)).items[0];
    if (gone.current || !isOpen(run)) return run;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function failureOf(run) {
  const errors = run.metrics?.statusSummary?.errors ?? [];
  return new ApiError({ title: 'It was not done', detail: errors[0]?.message ?? 'The run failed; nothing was changed.', code: errors[0]?.code, advice: 'Nothing was changed. Put right what is wrong, then try again.' });
}

function doneText(op, what, run) {
  if (!run) return `${what} is being taken out; reload in a moment.`;
  if (op === 'undo') return `${plural(run.metrics?.recordSummary?.extensions?.undone?.recordCount ?? 0, 'row')} of ${what} went out of the table.`;
  return `${plural(run.metrics?.recordSummary?.outputRecordCount ?? 0, 'row')} landed again; they are in a new batch.`;
}
