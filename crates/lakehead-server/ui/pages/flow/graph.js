// Where from, through what, where to: a list in three boxes, joined by lines. Each box leads to the page of what it shows.
import { Icon } from '../../components/icon.js';
import { call, CATALOG, FLOW } from '../../lib/api.js';
import { html } from '../../lib/html.js';
import { pageLink } from '../../lib/links.js';
import { useLoad } from '../../lib/load.js';

export function Graph({ flow }) {
  const { data } = useLoad((signal) => ends(flow, signal), [flow.etag]);
  const { account, source, dataset } = data ?? {};
  // As high as it will be.
  const lines = (known) => (data ? known : ['\u00a0', '\u00a0']);
  const mapping = flow.transformations?.find((one) => one.name === 'Mapping')?.params;
  const encrypted = flow.transformations?.some((one) => one.name === 'Encryption');
  return html`
    <nav class="graph" aria-label="From the source to the dataset"><ol>
      <${Node} kind="Source" icon="plug" name=${account?.name ?? '…'} to=${account && account.id && pageLink('/accounts/:id', account)}
        lines=${lines([source?.params?.path ?? source?.params?.tableName, [source?.data?.format, source?.data?.compressionType, encrypted && 'encrypted'].filter(Boolean).join(', ')])} />
      <${Line} />
      <${Node} kind="Mapping" icon="schema" name=${mapping ? `Version ${mapping.mappingVersion ?? 0}` : 'None'}
        to=${mapping && pageLink('/mapping-sets/:id', { id: mapping.mappingId })} lines=${[mapping ? mapping.mappingId : 'Columns have the names of the fields']} />
      <${Line} />
      <${Node} kind="Dataset" icon="database" name=${dataset?.name ?? '…'} to=${dataset && pageLink('/datasets/:id', dataset)} lines=${lines([dataset?.description, dataset?.id])} />
    </ol></nav>
  `;
}

function Node({ kind, icon, name, to, lines }) {
  return html`
    <li class="graph-node">
      <span><${Icon} name=${icon} />${kind}</span>
      ${to ? html`<a class="graph-name" href=${to}>${name}</a>` : html`<span class="graph-name">${name}</span>`}
      ${lines.filter(Boolean).map((line) => html`<span class="hint">${line}</span>`)}
    </li>
  `;
}

const Line = () => html`<li class="graph-line" aria-hidden="true"><svg viewBox="0 0 36 20" preserveAspectRatio="none"><path d="M2 10h31m-6-5 6 5-6 5" /></svg></li>`;

// Who may not see one of them still sees the others.
async function ends(flow, signal) {
  const one = async (collection, id) => (await call('GET', `${FLOW}/${collection}/${id}`, { signal })).items[0];
  const quiet = (promise) => promise.catch(() => undefined);
  const [source, target] = await Promise.all([quiet(one('sourceConnections', flow.sourceConnectionIds?.[0])), quiet(one('targetConnections', flow.targetConnectionIds?.[0]))]);
  const id = target?.params?.dataSetId ?? target?.params?.datasetId;
  const [account, dataset] = await Promise.all([
    source?.baseConnectionId ? quiet(one('connections', source.baseConnectionId)) : undefined,
    id ? quiet(call('GET', `${CATALOG}/dataSets/${encodeURIComponent(id)}`, { signal }).then((body) => ({ ...body[id], id }))) : undefined,
  ]);
  return { source, account: account ?? (source && { name: source.name }), dataset };
}
