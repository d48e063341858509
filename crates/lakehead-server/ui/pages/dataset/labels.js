// Data usage labels of the dataset as a whole; those of single fields belong to the schema and stand with the fields.
import { Button } from '../../components/button.js';
import { ErrorBox } from '../../components/error_box.js';
import { Icon } from '../../components/icon.js';
import { toast } from '../../components/toast.js';
import { call, send } from '../../lib/api.js';
import { html, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';

const POLICY = '/data/foundation/dulepolicy';
const pathOf = (id) => `/data/foundation/dataset/datasets/${id}/labels`;

export function Labels({ dataset }) {
  const now = useLoad((signal) => read(dataset.id, signal), [dataset.id]);
  const known = useLoad(readKnown, []);
  const [busy, setBusy] = useState(null);
  const [error, setError] = useState(null);
  const change = async (label, on) => {
    setBusy(label.key);
    setError(null);
    try {
      const others = now.data.labels.filter((one) => one !== label.key);
      await write(dataset, now.data, on ? [...others, label.key] : others);
      toast(on ? `${label.key} added` : `${label.key} removed`);
      now.reload();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(null);
    }
  };
  const failed = now.error ?? known.error;
  if (failed) return html`<${ErrorBox} error=${failed} onRetry=${() => { now.reload(); known.reload(); }} />`;
  const chosen = new Set(now.data?.labels);
  const all = [...(known.data ?? []), ...[...chosen].filter((key) => known.data && !known.data.some((label) => label.key === key)).map((key) => ({ key, category: 'Others' }))];
  return html`
    <div class="stack">
      <p class="hint">A label of the dataset counts for every field of it, and is written into the Iceberg table (<code>lakehead.labels</code>). Labels of single fields are given on the schema.</p>
      ${error && html`<${ErrorBox} error=${error} />`}
      ${[...new Set(all.map((label) => label.category))].map((category) => html`
        <section class="card" key=${category} aria-label=${`${category} labels`}>
          <h2>${category}</h2>
          <ul class="labels">${all.filter((label) => label.category === category).map((label) => html`
            <li key=${label.key} class=${chosen.has(label.key) ? 'on' : undefined}>
              <div><strong>${label.key}</strong>${chosen.has(label.key) && html` <span class="label-on"><${Icon} name="check" />set</span>`}<p class="hint">${label.description}</p></div>
              <${Button} small icon=${chosen.has(label.key) ? 'close' : 'plus'} busy=${busy === label.key} disabled=${!now.data} onClick=${() => change(label, !chosen.has(label.key))}
                aria-label=${`${chosen.has(label.key) ? 'Remove' : 'Add'} label ${label.key}`}>${chosen.has(label.key) ? 'Remove' : 'Add'}<//>
            </li>`)}</ul>
        </section>`)}
      ${!known.data && html`<p class="hint" role="status">Loading labels…</p>`}
    </div>
  `;
}

// A dataset without labels is a 404 of the Dataset Service.
async function read(id, signal) {
  try {
    const { body, etag } = await send('GET', pathOf(id), { signal });
    const found = body[`AEP:dataset:${id}`];
    return { labels: found.labels ?? [], optional: found.optionalLabels ?? [], etag };
  } catch (error) {
    if (error.status === 404) return { labels: [], optional: [], etag: null };
    throw error;
  }
}

async function write(dataset, before, labels) {
  const body = { entityId: { namespace: 'AEP', id: dataset.id, type: 'dataset' }, labels, parents: [{ id: dataset.schemaRef.id, type: 'schema', namespace: 'AEP' }] };
  if (!before.etag) return call('POST', pathOf(dataset.id), { body });
  return call('PUT', pathOf(dataset.id), { body: { ...body, optionalLabels: before.optional }, ifMatch: before.etag });
}

async function readKnown(signal) {
  const [core, custom] = await Promise.all(['core', 'custom'].map((kind) => call('GET', `${POLICY}/labels/${kind}`, { signal })));
  return [
    ...core.children.map((label) => ({ key: label.name, category: label.category, description: label.description })),
    ...custom.children.map((label) => ({ key: `custom/${label.name}`, category: 'Custom', description: label.description || label.friendlyName })),
  ];
}
