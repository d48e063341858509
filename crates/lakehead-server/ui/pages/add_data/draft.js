// What was chosen so far, kept in the storage of the tab by sandbox and source. It has no secrets: an account is made on the
// server at once, and only its id is kept.
//
//   {spec, account: {id, name, params},
//    source: {path, type: 'file'|'folder', recursive, pattern, format, options, declared, encryption, sample: {schema, rows, file}},
//    dataset: {id?, name, description, schemaId, isNew}, mapping: {id?, rules: [{sourceType, source, destination}]},
//    schedule: {frequency, interval, startTime, backfill}, flow: {name, description, partialIngestionPercent, errorDiagnosticsEnabled},
//    made: {…}}
//
// `options` are what the source connection declares in `data.properties`; `declared` says that a person has set them, otherwise
// they are found out. `pattern` is the path where it is one, else empty. `startTime` is in seconds since 1970, null for
// as soon as possible. `made` is what finishing has made already (finish.js).
import { useCallback, useEffect, useState } from '../../lib/html.js';
import { sandbox } from '../../lib/session.js';
import { useStore } from '../../lib/store.js';

const LARGEST = 1_000_000;

const empty = (spec) => ({
  spec,
  account: null,
  source: null,
  dataset: null,
  mapping: { rules: [] },
  schedule: { frequency: 'once', interval: 1, startTime: null, backfill: true },
  flow: { name: '', description: '', partialIngestionPercent: 5, errorDiagnosticsEnabled: true },
  made: {},
});

export function useDraft(spec) {
  const place = useStore(sandbox);
  const key = `lakehead.add-data.${place}.${spec}`;
  const [kept, set] = useState(() => ({ key, ...read(key, spec) }));
  const state = kept.key === key ? kept : { key, ...read(key, spec) };
  useEffect(() => {
    if (kept.key !== key) set(state);
  }, [key]);
  // `partial` may be a function of the draft, for those who answer later.
  const change = useCallback((partial) => set((before) => {
    const now = before.key === key ? before : { key, ...read(key, spec) };
    const draft = { ...now.draft, ...(typeof partial === 'function' ? partial(now.draft) : partial) };
    return write(key, { ...now, draft });
  }), [key]);
  const reach = (step) => set((before) => write(key, { ...before, reached: Math.max(before.reached, step) }));
  const clear = () => {
    keep(key, null);
    set({ key, draft: empty(spec), reached: 0 });
  };
  return { draft: state.draft, reached: state.reached, change, reach, clear };
}

function read(key, spec) {
  try {
    const found = JSON.parse(sessionStorage.getItem(key));
    if (found?.draft?.spec === spec) return { draft: { ...empty(spec), ...found.draft }, reached: found.reached ?? 0 };
  } catch {
    // As if there were none.
  }
  return { draft: empty(spec), reached: 0 };
}

function write(key, state) {
  const text = JSON.stringify({ draft: state.draft, reached: state.reached });
  if (text.length <= LARGEST) keep(key, text);
  else {
    // Wide rows are read again after a reload.
    const { sample, ...source } = state.draft.source ?? {};
    keep(key, JSON.stringify({ draft: { ...state.draft, source: { ...source, sample: sample && { ...sample, rows: [] } } }, reached: state.reached }));
  }
  return state;
}

function keep(key, text) {
  try {
    if (text === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // Storage may be full or switched off; memory has to do.
  }
}
