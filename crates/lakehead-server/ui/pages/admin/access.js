// Who may do what: programs (clients), people of external issuers (users), and the roles that both have.
import { Clients } from './clients.js';
import { Guard } from './guard.js';
import { Roles } from './roles.js';
import { Users } from './users.js';
import { Page } from '../../components/page.js';
import { Tabs } from '../../components/tabs.js';
import { ACCESS, nextOf } from '../../lib/api.js';
import { html } from '../../lib/html.js';
import { useList } from '../../lib/load.js';
import { useQuery } from '../../lib/router.js';

export const ADMINISTRATION = `${ACCESS}/administration`;
const next = (body) => {
  const path = nextOf(body);
  return path && (path.startsWith(ACCESS) ? path : ACCESS + path);
};

// Lists of this service link relative to it.
const useMembers = (kind) => useList(`${ADMINISTRATION}/${kind}`, { query: { limit: 100 }, next, sandbox: null });

export default function Access() {
  return html`<${Page} title="Access" subtitle="Clients are programs, users are people of your identity provider; roles say what both may do, and in which sandboxes.">
    <${Guard} permission="administer" to="see and change clients, users and roles">${() => html`<${Parts} />`}<//>
  <//>`;
}

function Parts() {
  const [{ tab = 'clients' }, setQuery] = useQuery();
  const [clients, roles, users] = [useMembers('clients'), useMembers('roles'), useMembers('users')];
  const total = (list) => list.body?._page?.count;
  return html`<${Tabs} label="Parts of access" selected=${tab} onSelect=${(one) => setQuery({ tab: one === 'clients' ? '' : one })} tabs=${[
    { id: 'clients', title: 'Clients', count: total(clients), panel: () => html`<${Clients} list=${clients} roles=${roles.rows ?? []} />` },
    { id: 'users', title: 'Users', count: total(users), panel: () => html`<${Users} list=${users} roles=${roles.rows ?? []} />` },
    { id: 'roles', title: 'Roles', count: total(roles), panel: () => html`<${Roles} list=${roles} />` },
  ]} />`;
}
