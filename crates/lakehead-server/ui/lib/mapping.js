// Mappings and Data Prep, which checks and tries them.
//
// A rule is {sourceType: 'ATTRIBUTE' | 'EXPRESSION' | 'STATIC', source, destination}; a mapping is {id?, rules, rejected?}.
//
//   bodyOf(schemaId, rules, more)       what Data Prep takes; rulesOf(mappingSet): the rules of what it answers
//   useTrial({schemaId, fields, rules, rows})   {checks, open, rows, error, busy}: see below
//   proposed(schemaId, rows)            [{source, destination, score}]: proposals by names
//   functions()                         the functions of calculated fields, loaded once
//   linked(rules, source, destination)  the rules with one more; a field is fed by one rule
//   expressionOf(path)                  a source path as expressions name it
//   errorAt(message)                    {position (0-based, or null), text} of an error of the language
import { call, CONVERSION } from './api.js';
import { flatFields } from './fields.js';
import { useEffect, useState } from './html.js';
import { within } from './load.js';
import { expressionText, namesOf, sourceText, stepsOf } from './paths.js';
import { sandbox } from './session.js';
import { useStore } from './store.js';

const CONTENT_TYPE = 'application/vnd.adobe.xed-full+json;version=1';
const WAIT_MS = 300;

export function bodyOf(schemaId, rules, more = {}) {
  const schemaRef = { id: schemaId, contentType: CONTENT_TYPE };
  return { ...more, outputSchema: { schemaRef }, mappings: rules.map(({ sourceType, source, destination }) => ({ sourceType, source, destination })) };
}

const kindOf = (type) => ({ 'text/x.aep-xl': 'EXPRESSION', EXPRESSION: 'EXPRESSION', STATIC: 'STATIC' })[type] ?? 'ATTRIBUTE';
export const rulesOf = (set) => (set?.mappings ?? []).map((one) => ({ sourceType: kindOf(one.sourceType), source: one.source ?? one.sourceAttribute ?? '', destination: one.destination ?? one.destinationXdmPath ?? '' }));

export function linked(rules, source, destination, sourceType = 'ATTRIBUTE') {
  // One value goes into the first place of an array; every item of an array into every place.
  const to = source.includes('[*]') || sourceType !== 'ATTRIBUTE' ? destination : destination.replaceAll('[*]', '[0]');
  const at = rules.findIndex((rule) => rule.destination === to);
  const rule = { sourceType, source, destination: to };
  return at < 0 ? [...rules, rule] : rules.with(at, rule);
}

// Checks the rules and tries them on rows a moment after the last change.
//   checks   for each rule null or what is wrong with it
//   open     required fields that no rule feeds
//   rows     [{data, errors: [{destination, exception}], rejected}], one for each of `rows`; undefined before the first answer
export function useTrial({ schemaId, fields, rules, rows }) {
  const [state, setState] = useState({ checks: [], open: [], rows: undefined, error: null, busy: true });
  const asked = JSON.stringify([schemaId, rules]);
  const place = useStore(sandbox);
  useEffect(() => {
    if (!schemaId) return undefined;
    const stop = within(place);
    setState((before) => ({ ...before, busy: true }));
    const timer = setTimeout(() => {
      tried({ schemaId, fields, rules, rows, signal: stop.signal })
        .then((found) => stop.signal.aborted || setState({ ...found, error: null, busy: false }))
        .catch((error) => stop.signal.aborted || setState((before) => ({ ...before, error, busy: false })));
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [asked, rows, fields, place]);
  return state;
}

async function tried({ schemaId, fields, rules, rows, signal }) {
  const said = await call('POST', `${CONVERSION}/mappingSets/validate`, { body: bodyOf(schemaId, rules), signal });
  const checks = rules.map((rule, at) => said.validationResponse?.[at]?.errors?.[0]?.exception ?? null);
  const lacking = (said.warnings ?? []).map((warning) => warning.destination);
  const open = [...new Set(lacking.flatMap((path) => inside(path, fields)))];
  const good = rules.filter((rule, at) => !checks[at]);
  if (!rows.length || !good.length) return { checks, open, rows: rows.length ? [] : undefined };
  // What is required and still open would reject every row: until it is fed, something stands in for it.
  const preview = (all) => call('POST', `${CONVERSION}/mappingSets/preview`, { body: { data: rows, mappingSet: bodyOf(schemaId, all) }, signal });
  const results = await preview([...good, ...standIns(fields, open)]);
  return { checks, open, rows: results.map((row) => resultOf(row, [...open, ...lacking])) };
}

function resultOf(row, open) {
  const errors = (row.errors ?? []).filter((error) => !open.includes(error.destination));
  return { data: row.data ?? {}, errors, rejected: errors.length > 0 && Object.keys(row.data ?? {}).length === 0 };
}

// Of an object that is required, what has to be fed is inside of it.
function inside(path, fields) {
  const lookInto = (field) => {
    const required = field.type === 'object' ? field.children.filter((child) => child.required) : [];
    return required.length ? required.flatMap(lookInto) : [field.path];
  };
  const field = flatFields(fields).find((one) => one.path === path);
  return field ? lookInto(field) : [path];
}

const STAND_INS = { string: '"-"', boolean: 'true', date: 'date("2000-01-01")', 'date-time': 'date("2000-01-01")' };

function standIns(fields, open) {
  const known = new Map(flatFields(fields).map((field) => [field.path, field]));
  return open.map((path) => known.get(path)).filter((field) => field && !field.children.length && !field.path.includes('[') && !['array', 'map'].includes(field.type))
    .map((field) => ({ sourceType: 'EXPRESSION', source: field.values.length ? JSON.stringify(field.values[0]) : STAND_INS[field.type] ?? '1', destination: field.path }));
}

// The sample of this window, which is replaced: samples cannot be deleted.
const samples = new Map();

export async function proposed(schemaId, rows, signal) {
  const place = sandbox.value;
  const body = { sampleData: rows.slice(0, 20), sampleType: 'JSON' };
  const known = samples.get(place);
  const sample = known ? await call('PUT', `${CONVERSION}/samples/${known}`, { body, signal }) : await call('POST', `${CONVERSION}/samples`, { body, signal });
  samples.set(place, sample.id);
  const found = await call('GET', `${CONVERSION}/mappingSets/suggestion`, { query: { xdmSchema: schemaId, sampleId: sample.id, excludeUnmapped: true }, signal });
  return found.mappings.map(({ source, destination, matchScore }) => ({ source: sourceText(namesOf(source)), destination, score: matchScore }));
}

let known = null;
export function functions() {
  known ??= call('GET', `${CONVERSION}/languages/el/functions`).catch((error) => {
    known = null;
    throw error;
  });
  return known;
}

export const expressionOf = (path, names) => expressionText(stepsOf(path), names);

export function errorAt(message) {
  const found = /position (\d+): ([\s\S]*)/.exec(message ?? '');
  return found ? { position: Number(found[1]) - 1, text: found[2] } : { position: null, text: message ?? '' };
}

export const validated = (expression, signal) => call('POST', `${CONVERSION}/languages/el/validate`, { body: { expression }, signal });
