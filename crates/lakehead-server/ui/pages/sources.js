// The catalogue of sources: everything that data can come from, by category. What has no connector yet is shown as such.
import { Button } from '../components/button.js';
import { Chips } from '../components/chips.js';
import { EmptyState } from '../components/empty_state.js';
import { ErrorBox } from '../components/error_box.js';
import { Page } from '../components/page.js';
import { StateBadge } from '../components/state_badge.js';
import { Search, Toolbar } from '../components/toolbar.js';
import { call, FLOW } from '../lib/api.js';
import { plural } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { path, useQuery } from '../lib/router.js';
import { isAvailable as available, loadSources, nameOf } from '../lib/specs.js';
import { PAGES } from '../pages.js';

// Some sources have a published id, but no published name.
const unnamed = (spec) => Boolean(spec.attributes?.unpublished?.includes('name'));
const named = (spec) => !unnamed(spec);
const categoryOf = (spec) => spec.attributes?.category ?? 'Other';

export default function Sources() {
  const [{ search = '', category = '' }, setQuery] = useQuery();
  const { data, error, reload } = useLoad(load, []);
  const known = data?.specs ?? [];
  const specs = known.filter((spec) => fits(spec, search));
  const shown = specs.filter((spec) => !category || categoryOf(spec) === category);
  const groups = categoriesOf(shown);
  return html`
    <${Page} title="Sources" subtitle="Where data can come from. Connect an account once, then add data from it as often as you like.">
      <${Toolbar}>
        <${Search} label="Search sources" value=${search} onInput=${(text) => setQuery({ search: text })} />
        <${Chips} label="Category" value=${category} onChange=${(one) => setQuery({ category: one })}
          options=${[['', 'All', specs.length], ...categoriesOf(known).map(([name]) => [name, name, specs.filter((spec) => categoryOf(spec) === name).length])]} />
      <//>
      ${error && html`<${ErrorBox} error=${error} onRetry=${reload} />`}
      ${!data && !error && html`<${Waiting} />`}
      ${data && shown.length === 0 && html`
        <${EmptyState} icon="search" title="No source fits" action=${html`<${Button} onClick=${() => setQuery({ search: '', category: '' })}>Show all sources<//>`}>
          Nothing is called “${search}”${category && ` in ${category}`}. Try a shorter word.
        <//>`}
      <div class="sources">${groups.map(([name, members]) => html`
        <section key=${name} aria-label=${name}>
          <h2>${name}</h2>
          <${Cards} specs=${members.filter(named)} accounts=${data.accounts} />
          ${members.some(unnamed) && html`
            <details class="unnamed"><summary>${plural(members.filter(unnamed).length, 'more source')} known by id only</summary>
              <${Cards} specs=${members.filter(unnamed)} accounts=${data.accounts} /></details>`}
        </section>`)}
      </div>
    <//>
  `;
}

async function load(signal) {
  const specs = await loadSources(signal);
  const count = async (spec) => {
    const query = { property: `connectionSpec.id==${spec.id}`, count: true };
    return [spec.id, (await call('GET', `${FLOW}/connections`, { query, signal })).count];
  };
  return { specs, accounts: new Map(await Promise.all(specs.filter(available).map(count))) };
}

const Cards = ({ specs, accounts }) => html`<ul class="source-list">${specs.map((spec) => html`<${Source} key=${spec.id} spec=${spec} accounts=${accounts.get(spec.id)} />`)}</ul>`;

function Source({ spec, accounts }) {
  const name = nameOf(spec);
  const ready = available(spec);
  return html`
    <li class=${ready ? 'source' : 'source soon'}>
      <span class="source-mark" aria-hidden="true">${initials(name)}</span>
      <h3>${name}</h3>
      ${ready ? html`<p class="hint">${accounts === 0 ? 'No accounts yet' : plural(accounts, 'account')}</p>` : html`<p><${StateBadge} state="notYetAvailable" /></p>`}
      ${ready && (exists('/sources/:spec/add') || exists('/accounts')) && html`
        <div class="actions">
          ${exists('/sources/:spec/add') && html`<${Button} primary small icon="plus" href=${path(`/sources/${spec.id}/add`)} aria-label=${`Add data from ${name}`}>Add data<//>`}
          ${exists('/accounts') && html`<${Button} small href=${path('/accounts', { spec: spec.id })} aria-label=${`Accounts of ${name}`}>Accounts<//>`}
        </div>`}
    </li>
  `;
}

// Nothing leads to a page that is not there.
const exists = (page) => PAGES.some((one) => one.path === page);

const Waiting = () => html`<ul class="source-list" aria-label="Loading" role="status">${Array.from({ length: 9 }, () => html`
  <li class="source soon" aria-hidden="true"><span class="source-mark"></span><span class="skeleton"></span></li>`)}</ul>`;

// What works comes first, then by name.
function categoriesOf(specs) {
  const groups = new Map();
  for (const spec of specs) groups.set(categoryOf(spec), [...(groups.get(categoryOf(spec)) ?? []), spec]);
  const order = (a, b) => available(b) - available(a) || nameOf(a).localeCompare(nameOf(b));
  const sorted = [...groups].map(([name, members]) => [name, members.sort(order)]);
  return sorted.sort(([a, one], [b, other]) => available(other[0]) - available(one[0]) || (a === 'Other') - (b === 'Other') || a.localeCompare(b));
}

function fits(spec, search) {
  const text = `${nameOf(spec)} ${spec.name} ${categoryOf(spec)}`.toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

const initials = (name) => name.replace(/\(.*\)/, '').split(/[\s-]+/).filter((word) => /^[A-Za-z0-9]/.test(word)).slice(0, 2).map((word) => word[0].toUpperCase()).join('');
