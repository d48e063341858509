// Data for components.
//
//   const {data, error, loading, reload} = useLoad((signal) => call('GET', path, {signal}), [path], {everyMs: 2000})
//       loads at once and when a dependency or the sandbox changes; what was there stays until the new answer
//       is here, but never that of another sandbox
//   const list = useList(path, {query, headers})
//       {rows, body, more, loadMore, loading, loadingMore, error, reload}: a list of the server, page by page; `key` is the
//       member with the items, or a function that takes them from the body, `next` finds the path of the next page
//   const list = usePages(asked, (next, signal) => …)   the same for what is paged in another way: answers {rows, next, body}
//       for the first page, whose `next` is undefined, and for what an answer calls the next; begins anew when `asked` changes
//   const stop = within(place)           an AbortController for calls of what shows the sandbox `place`, the chosen one unless
//       another is given: aborted as soon as another sandbox is chosen, before anything is drawn anew
//   const wanted = useSettled(text)      a value once it has stopped changing for a moment: what to search for
import { nextOf, call } from './api.js';
import { useCallback, useEffect, useRef, useState } from './html.js';
import { sandbox } from './session.js';
import { useStore } from './store.js';

const SETTLED_MS = 250;

export function within(place = sandbox.value) {
  const stop = new AbortController();
  // A call after that would ask the other sandbox for what this one has.
  const leave = sandbox.follow((chosen) => chosen !== place && stop.abort());
  stop.signal.addEventListener('abort', leave, { once: true });
  if (sandbox.value !== place) stop.abort();
  return stop;
}

export function useSettled(value) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

export function useLoad(load, dependencies = [], { everyMs = 0 } = {}) {
  const place = useStore(sandbox);
  const nothing = { data: undefined, error: null, loading: true, place };
  const [kept, setState] = useState(nothing);
  const state = kept.place === place ? kept : nothing;
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  useEffect(() => {
    const stop = within(place);
    setState((before) => (before.place === place ? { ...before, loading: true } : nothing));
    load(stop.signal)
      .then((data) => stop.signal.aborted || setState({ data, error: null, loading: false, place }))
      .catch((error) => stop.signal.aborted || setState((before) => ({ data: before.data, error, loading: false, place })));
    return () => stop.abort();
  }, [...dependencies, place, round]);
  useEffect(() => {
    if (!everyMs) return undefined;
    const timer = setInterval(() => document.hidden || reload(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return { data: state.data, error: state.error, loading: state.loading, reload };
}

const NO_MORE_YET = { rows: [], next: undefined, loading: false, error: null };

export function usePages(asked, page) {
  const [extra, setExtra] = useState(NO_MORE_YET);
  const current = useRef(asked);
  current.current = asked;
  const first = useLoad(async (signal) => {
    const found = await page(undefined, signal);
    setExtra(NO_MORE_YET);
    return found;
  }, [asked]);
  const next = extra.next === undefined ? first.data?.next : extra.next;
  const loadMore = async () => {
    if (!next || extra.loading) return;
    setExtra((before) => ({ ...before, loading: true, error: null }));
    // What comes after something else has been asked says nothing about that.
    const put = (change) => current.current === asked && setExtra((before) => ({ ...before, loading: false, ...change(before) }));
    await page(next)
      .then((found) => put((before) => ({ rows: [...before.rows, ...found.rows], next: found.next ?? null })))
      .catch((error) => put(() => ({ error })));
  };
  return {
    rows: first.data ? [...first.data.rows, ...extra.rows] : undefined,
    body: first.data?.body,
    more: Boolean(next),
    loadMore,
    loading: first.loading,
    loadingMore: extra.loading,
    error: first.error ?? extra.error,
    reload: first.reload,
  };
}

export function useList(path, { query = {}, key = 'items', next: nextPath = nextOf, sandbox: chosen, headers } = {}) {
  const asked = JSON.stringify([chosen === undefined ? sandbox.value : chosen, path, query]);
  const itemsOf = (body) => (typeof key === 'function' ? key(body) : body[key]) ?? [];
  return usePages(asked, async (next, signal) => {
    const body = await call('GET', next ?? path, { query: next ? undefined : query, signal, sandbox: chosen, headers });
    return { rows: itemsOf(body), next: nextPath(body), body };
  });
}
