// <FlowCount account=${id} />: how many dataflows read through an account. `flowsOf` is their filter for lists.
import { call, FLOW } from '../../lib/api.js';
import { count } from '../../lib/format.js';
import { html } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';

export const flowsOf = (account) => `inheritedAttributes.sourceConnections[].baseConnection.id==${account}`;

export function FlowCount({ account }) {
  const { data } = useLoad((signal) => call('GET', `${FLOW}/flows`, { query: { property: flowsOf(account), count: true }, signal }), [account]);
  return html`<span class="number">${data ? count(data.count) : '…'}</span>`;
}
