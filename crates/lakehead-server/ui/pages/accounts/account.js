// One account: what it is, whether its keys still work, what reads through it; changed and deleted here.
import { EditForm } from './edit.js';
import { AccountTest, useTest } from './test.js';
import { Uses } from './uses.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { confirm } from '../../components/dialog.js';
import { ErrorBox } from '../../components/error_box.js';
import { KeyValues } from '../../components/key_values.js';
import { Page } from '../../components/page.js';
import { StateBadge } from '../../components/state_badge.js';
import { Time } from '../../components/time.js';
import { toast } from '../../components/toast.js';
import { call, FLOW } from '../../lib/api.js';
import { html, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { navigate, path } from '../../lib/router.js';
import { titleOf } from '../../lib/schema.js';
import { loadSpec, nameOf } from '../../lib/specs.js';

export default function Account({ params }) {
  const { data, error, reload } = useLoad((signal) => load(params.id, signal), [params.id]);
  const test = useTest(params.id);
  const [failed, setFailed] = useState(null);
  const account = data?.account;
  const remove = async () => {
    const text = `“${account.name}” and its keys are deleted. This is refused while a dataflow reads through it. What has landed stays.`;
    if (!(await confirm({ title: 'Delete the account?', text, action: 'Delete', danger: true }))) return;
    setFailed(null);
    try {
      await call('DELETE', `${FLOW}/connections/${account.id}`, { ifMatch: account.etag });
      toast(`Deleted: ${account.name}`);
      navigate('/accounts', { query: { spec: account.connectionSpec.id }, replace: true });
    } catch (failure) {
      setFailed(failure);
    }
  };
  // What is a draft was not tried yet; this tries its keys.
  const publish = async () => {
    setFailed(null);
    try {
      await call('POST', `${FLOW}/connections/${account.id}/action`, { query: { op: 'publish' } });
      toast(`Published: ${account.name}`);
      reload();
    } catch (failure) {
      setFailed(failure);
    }
  };
  const actions = account && html`
    ${account.state === 'draft' ? html`<${Button} primary icon="check" onClick=${publish}>Publish<//>` : html`<${Button} primary icon="plus" href=${path(`/sources/${account.connectionSpec.id}/add`, { account: account.id })}>Add data<//>`}
    <${Button} icon="plug" busy=${test.busy} onClick=${test.run}>Test<//>
    <${Button} danger icon="trash" onClick=${remove}>Delete<//>`;
  return html`
    <${Page} title=${account?.name ?? 'Account'} subtitle=${account?.description} crumbs=${[['Accounts', '/accounts']]} actions=${actions}>
      ${error && html`<${ErrorBox} error=${error} onRetry=${reload} />`}
      ${failed && html`<${ErrorBox} error=${failed} />`}
      <${AccountTest} test=${test} />
      ${account && html`
        <${Card} title="What it is"><${KeyValues} items=${[
          ['Source', data.spec ? nameOf(data.spec) : account.connectionSpec.id],
          ['Signs in with', account.auth?.specName],
          ['State', html`<${StateBadge} state=${account.state} />`],
          ...Object.entries(account.auth?.params ?? {}).map(([name, value]) => [titleOf(name, data.way?.spec.properties?.[name] ?? {}), String(value)]),
          ['Created', html`<${Time} ms=${account.createdAt} />`],
          ['Changed', html`<${Time} ms=${account.updatedAt} />`],
          ['Id', html`<code>${account.id}</code>`],
        ]} /><//>
        <${Uses} account=${account} />
        <${Card} title="Change"><${EditForm} key=${account.etag} account=${account} way=${data.way} onSaved=${reload} /><//>`}
    <//>
  `;
}

async function load(id, signal) {
  const account = (await call('GET', `${FLOW}/connections/${encodeURIComponent(id)}`, { signal })).items[0];
  const spec = await loadSpec(account.connectionSpec.id, signal);
  return { account, spec, way: spec.authSpec?.find((one) => one.name === account.auth?.specName) };
}
