// Third step: the dataset that the rows land in: one that is there, or a new one with a schema.
import { StepFrame } from './step.js';
import { ExistingDataset } from './dataset_existing.js';
import { NewDataset, prepared } from './dataset_new.js';
import { ErrorBox } from '../../components/error_box.js';
import { Chips } from '../../components/chips.js';
import { html, useMemo, useState } from '../../lib/html.js';
import { proposalOf } from '../../lib/proposal.js';

// What is chosen on this page before it is made, kept in `draft.dataset.form`.
const START = { mode: 'new', schema: 'proposed', classId: 'https://ns.adobe.com/xdm/context/profile', groupIds: [], schemaId: null, title: '' };

export default function Dataset({ draft, change, next, back }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const dataset = draft.dataset ?? { name: nameFrom(draft.source), description: '' };
  const columns = JSON.stringify(draft.source?.sample?.schema ?? null);
  // Other data has another proposal.
  const form = useMemo(() => {
    const kept = { ...START, ...dataset.form };
    return kept.columns === columns ? kept : { ...kept, columns, proposal: proposalOf(draft.source?.sample) };
  }, [dataset.form, columns]);
  const set = (partial) => change({ dataset: { ...dataset, ...partial, form: { ...form, ...partial.form } } });
  const blocked = blockedBy(dataset, form);
  const go = async () => {
    setError(null);
    setBusy(true);
    try {
      const keep = (partial) => change((before) => ({ dataset: { ...dataset, ...before.dataset, ...gone(before.dataset), form: { ...form, ...before.dataset?.form, ...partial } } }));
      change(await prepared(draft, { ...dataset, form }, keep));
      next();
    } catch (failed) {
      setError(failed);
    }
    setBusy(false);
  };
  return html`
    <${StepFrame} title="Dataset" text="Rows land in a dataset; its schema says which fields they have." back=${back} next=${go} blocked=${blocked} busy=${busy}>
      <${Chips} label="Dataset" value=${form.mode} onChange=${(mode) => set({ form: { mode } })} options=${[['new', 'New dataset'], ['existing', 'Existing dataset']]} />
      ${form.mode === 'existing' ? html`<${ExistingDataset} chosen=${dataset.id} onChoose=${(one) => set(one)} />` : html`<${NewDataset} dataset=${dataset} form=${form} onChange=${set} />`}
      <${ErrorBox} error=${error} />
    <//>
  `;
}

// Later steps are not gone to with a schema that was made here and is made anew.
const gone = (dataset) => (dataset?.isNew && dataset.form?.made?.schemaId === dataset.schemaId ? { schemaId: undefined } : {});

function blockedBy(dataset, form) {
  if (form.mode === 'existing') return dataset.id ? '' : 'Choose a dataset first.';
  if (!dataset.name?.trim()) return 'Give the dataset a name first.';
  if (form.schema === 'existing' && !form.schemaId) return 'Choose a schema first.';
  if (form.schema === 'proposed' && !form.proposal.some((one) => one.take)) return 'Take at least one column.';
  return '';
}

// 'customers' for /acme/customers/2026/*.csv
function nameFrom(source) {
  const parts = (source?.path ?? '').split('/').filter((part) => part && !/[*?]/.test(part));
  const last = (source?.type === 'file' ? parts.at(-1)?.replace(/\.[^.]*$/, '') : parts.findLast((part) => /[A-Za-z]/.test(part))) ?? '';
  return last.replace(/[_-]+/g, ' ').replace(/^./, (letter) => letter.toUpperCase());
}
