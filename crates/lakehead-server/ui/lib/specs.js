// Connection specs: the kinds of sources, as the catalogue of the server describes them.
import { all, call, FLOW } from './api.js';

// Where data lands; it is no source and has no account.
export const DATA_LAKE = 'c604ff05-7f1a-43c0-8e18-33bf874cb11c';

export const isAvailable = (spec) => spec.attributes?.availability === 'available';
export const nameOf = (spec) => spec.attributes?.connectorName ?? spec.name;

export async function loadSources(signal) {
  return (await all(`${FLOW}/connectionSpecs`, { signal })).filter((spec) => spec.attributes?.isSource);
}

export async function loadSpec(id, signal) {
  return (await call('GET', `${FLOW}/connectionSpecs/${encodeURIComponent(id)}`, { signal })).items[0];
}

// The ways to sign in to a source that this server can go.
export const waysOf = (spec) => (spec.authSpec ?? []).filter((way) => way.availability !== 'notYetAvailable');
