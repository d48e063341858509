// What the dataset is called, its tags, and its end.
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { confirm } from '../../components/dialog.js';
import { ErrorBox } from '../../components/error_box.js';
import { Icon } from '../../components/icon.js';
import { Input } from '../../components/input.js';
import { KeyValues } from '../../components/key_values.js';
import { StateBadge } from '../../components/state_badge.js';
import { Textarea } from '../../components/textarea.js';
import { Time } from '../../components/time.js';
import { toast } from '../../components/toast.js';
import { all, call, CATALOG, FLOW } from '../../lib/api.js';
import { tableName } from '../../lib/catalog.js';
import { plural } from '../../lib/format.js';
import { html, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { navigate, path } from '../../lib/router.js';
import { PAGES } from '../../pages.js';

const RESERVED = /^(adobe|acp_|unifiedProfile|unifiedIdentity)/;
const hasFlows = PAGES.some((page) => page.path === '/flows/:id');

export function Settings({ dataset, onChange }) {
  return html`
    <div class="stack">
      <${Names} dataset=${dataset} onChange=${onChange} key=${dataset.version} />
      <${Tags} dataset=${dataset} onChange=${onChange} key=${`tags-${dataset.version}`} />
      <${Card} title="About"><${KeyValues} items=${[
        ['Id', html`<code>${dataset.id}</code>`], ['Version', dataset.version], ['Created', html`<${Time} absolute ms=${dataset.created} />`],
        ['By', dataset.createdUser], ['Schema', html`<code>${dataset.schemaRef?.id}</code>`], ['Behaviour', dataset.classification?.dataBehavior],
      ]} /><//>
      <${End} dataset=${dataset} />
    </div>
  `;
}

const change = (dataset, body) => call('PATCH', `${CATALOG}/dataSets/${dataset.id}`, { body, ifMatch: dataset.version });

// Saves, says so, and keeps the failure for the form.
function useSave(onChange) {
  const [state, setState] = useState({ busy: false, error: null });
  const save = async (run, said) => {
    setState({ busy: true, error: null });
    try {
      await run();
      toast(said);
      setState({ busy: false, error: null });
      onChange();
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return [state, save];
}

function Names({ dataset, onChange }) {
  const [name, setName] = useState(dataset.name);
  const [description, setDescription] = useState(dataset.description ?? '');
  const [{ busy, error }, save] = useSave(onChange);
  const submit = (event) => {
    event.preventDefault();
    save(() => change(dataset, { name: name.trim(), description }), 'Saved');
  };
  const changed = name !== dataset.name || description !== (dataset.description ?? '');
  return html`
    <${Card} title="Name"><form class="form" onSubmit=${submit}>
      <${Input} label="Name" value=${name} onInput=${setName} required help=${`The table keeps its name: ${tableName(dataset)}.`} />
      <${Textarea} label="Description" value=${description} onInput=${setDescription} rows=${3} optional />
      <${ErrorBox} error=${error} />
      <div class="actions"><${Button} type="submit" primary busy=${busy} disabled=${!changed || !name.trim()}>Save<//></div>
    </form><//>
  `;
}

function Tags({ dataset, onChange }) {
  const own = Object.entries(dataset.tags ?? {}).filter(([key]) => !RESERVED.test(key));
  const [key, setKey] = useState('');
  const [value, setValue] = useState('');
  const [{ busy, error }, save] = useSave(onChange);
  const add = (event) => {
    event.preventDefault();
    save(() => change(dataset, { tags: { [key.trim()]: value.split(',').map((one) => one.trim()).filter(Boolean) } }), 'Tag added');
  };
  // A merge takes away what is null in it.
  const remove = (gone) => save(() => change(dataset, { tags: { [gone]: null } }), 'Tag removed');
  return html`
    <${Card} title="Tags">
      ${own.length === 0 ? html`<p class="hint">No tags of your own. Lists can be filtered by them, in the API as <code>?tags=key:value</code>.</p>` : html`<ul class="tags">${own.map(([name, values]) => html`
        <li key=${name}><code>${name}</code><span>${[values].flat().join(', ')}</span>
          <button type="button" class="icon-button" aria-label=${`Remove tag ${name}`} disabled=${busy} onClick=${() => remove(name)}><${Icon} name="close" /></button></li>`)}</ul>`}
      <form class="row end-row" onSubmit=${add}>
        <${Input} label="Key" value=${key} onInput=${setKey} required />
        <${Input} label="Values, separated by commas" value=${value} onInput=${setValue} required />
        <${Button} type="submit" icon="plus" busy=${busy} disabled=${!key.trim() || !value.trim() || RESERVED.test(key.trim())}>Add tag<//>
      </form>
      ${RESERVED.test(key.trim()) && html`<p class="hint">Keys that begin like this one belong to the platform.</p>`}
      <${ErrorBox} error=${error} />
    <//>
  `;
}

// A dataset with a flow that writes into it is not deleted: what writes has to go first.
function End({ dataset }) {
  const users = useLoad((signal) => usersOf(dataset.id, signal), [dataset.id]);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const { flows = [], targets = [] } = users.data ?? {};
  const remove = async () => {
    const yes = await confirm({
      title: `Delete “${dataset.name}”?`,
      text: `The dataset is gone for flows, readers and this interface at once${targets.length ? `, with ${plural(targets.length, 'target connection')} that no flow uses` : ''}. Its files stay on disk until the sandbox is reset.`,
      action: 'Delete the dataset',
      danger: true,
    });
    if (!yes) return;
    setBusy(true);
    try {
      for (const target of targets) await call('DELETE', `${FLOW}/targetConnections/${target.id}`);
      await call('DELETE', `${CATALOG}/dataSets/${dataset.id}`);
      toast('Dataset deleted');
      navigate('/datasets');
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return html`
    <${Card} title="Delete">
      ${users.error && html`<${ErrorBox} error=${users.error} onRetry=${users.reload} />`}
      ${flows.length > 0 && html`
        <p>${plural(flows.length, 'dataflow')} ${flows.length === 1 ? 'writes' : 'write'} into this dataset. Delete ${flows.length === 1 ? 'it' : 'them'} first:</p>
        <ul class="users">${flows.map((flow) => html`<li key=${flow.id}>${hasFlows ? html`<a href=${path(`/flows/${flow.id}`)}>${flow.name}</a>` : flow.name} <${StateBadge} state=${flow.state} /></li>`)}</ul>`}
      ${users.data && flows.length === 0 && html`<p class="hint">No dataflow writes into this dataset.</p>`}
      <${ErrorBox} error=${error} />
      <div class="actions"><${Button} danger icon="trash" busy=${busy} disabled=${!users.data || flows.length > 0} onClick=${remove}>Delete dataset<//></div>
    <//>
  `;
}

async function usersOf(id, signal) {
  const targets = await all(`${FLOW}/targetConnections`, { query: { property: `params.dataSetId==${id}` }, signal, most: 200 });
  const found = await Promise.all(targets.map((target) => all(`${FLOW}/flows`, { query: { property: `targetConnectionIds==${target.id}` }, signal, most: 200 })));
  return { targets, flows: found.flat() };
}
