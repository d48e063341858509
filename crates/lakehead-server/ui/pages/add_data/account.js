// First step: through which account. One that exists, or a new one made here.
import { StepFrame } from './step.js';
import { AccountForm } from '../accounts/form.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { Chips } from '../../components/chips.js';
import { ErrorBox } from '../../components/error_box.js';
import { Time } from '../../components/time.js';
import { toast } from '../../components/toast.js';
import { Search } from '../../components/toolbar.js';
import { call, FLOW } from '../../lib/api.js';
import { classes, html, useEffect, useState } from '../../lib/html.js';
import { useList, useSettled } from '../../lib/load.js';
import { useRoute } from '../../lib/router.js';
import { nameOf } from '../../lib/specs.js';

const PAGE_ROWS = 20;

export default function Account({ spec, draft, change, next }) {
  const [search, setSearch] = useState('');
  const wanted = useSettled(search.trim());
  const list = useList(`${FLOW}/connections`, { query: { search: wanted, property: [`connectionSpec.id==${spec.id}`, 'state==enabled'], orderby: '-updatedAt', limit: PAGE_ROWS } });
  const [asked, setWay] = useState('');
  const none = list.rows?.length === 0 && !wanted;
  const way = asked || (none ? 'new' : 'existing');
  // Another account has other files; what was chosen from the former one does not hold.
  const choose = ({ id, name, auth }) => change((before) => ({
    account: { id, name, params: auth?.params ?? {} },
    ...(before.account && before.account.id !== id ? { source: null, mapping: { rules: [] } } : {}),
  }));
  usePreselected(draft, choose);
  const made = async ({ id, name }) => {
    toast(`Connected: ${name}`);
    choose((await call('GET', `${FLOW}/connections/${id}`)).items[0]);
    next();
  };
  const chips = html`<${Chips} label="Account" value=${way} onChange=${setWay} options=${[['existing', 'Use an account'], ['new', 'New account']]} />`;
  if (way === 'new') {
    return html`
      <header><h2 tabindex="-1">Connect to ${nameOf(spec)}</h2><p class="hint">The keys are tried before anything is stored, kept encrypted, and never shown again.</p></header>
      ${!none && chips}
      <${Card}><${AccountForm} spec=${spec} onMade=${made} /><//>`;
  }
  return html`
    <${StepFrame} title="Choose an account" text=${`Through which the data of ${nameOf(spec)} is read.`} next=${next} blocked=${draft.account ? '' : 'Choose an account first.'}>
      ${chips}
      ${(search || list.more) && html`<${Search} label="Search accounts by name or id" value=${search} onInput=${setSearch} />`}
      ${list.error && html`<${ErrorBox} error=${list.error} onRetry=${list.reload} />`}
      <fieldset class="picks"><legend class="sr">Accounts</legend>
        ${!list.rows && !list.error && Array.from({ length: 3 }, () => html`<div class="pick" aria-hidden="true"><span class="skeleton"></span></div>`)}
        ${list.rows?.map((account) => html`<${Pick} key=${account.id} account=${account} chosen=${draft.account?.id === account.id} onChoose=${choose} />`)}
        ${list.rows?.length === 0 && wanted && html`<p class="hint" role="status">No account has “${wanted}” in its name.</p>`}
      </fieldset>
      ${list.more && html`<p><${Button} busy=${list.loadingMore} onClick=${list.loadMore}>Show more<//></p>`}
    <//>
  `;
}

function Pick({ account, chosen, onChoose }) {
  const { serviceUrl, bucketName, folderPath } = account.auth?.params ?? {};
  const where = [serviceUrl, bucketName, folderPath].filter(Boolean).join(' · ');
  return html`
    <label class=${classes('pick', chosen && 'chosen')}>
      <input type="radio" name="account" checked=${chosen} onChange=${() => onChoose(account)} />
      <span class="pick-name">${account.name}</span>
      <span class="hint">${[account.description, where].filter(Boolean).join(' — ') || account.auth?.specName}</span>
      <span class="hint pick-end"><${Time} ms=${account.updatedAt} /></span>
    </label>`;
}

// A link from an account's page names it.
function usePreselected(draft, choose) {
  const { query } = useRoute();
  useEffect(() => {
    if (!query.account || query.account === draft.account?.id) return;
    call('GET', `${FLOW}/connections/${encodeURIComponent(query.account)}`).then((found) => choose(found.items[0]), () => {});
  }, [query.account]);
}
