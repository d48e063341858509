// <Guard permission="administer" to="see clients and roles">${() => html`…`}</Guard>: shows what is inside to who may see it, and tells
// others what to ask for. `useMay(['manage-sandboxes'])` answers a Set of those that the signed-in account holds in the sandbox.
import { EmptyState } from '../../components/empty_state.js';
import { ErrorBox } from '../../components/error_box.js';
import { Page } from '../../components/page.js';
import { ACCESS, call } from '../../lib/api.js';
import { html } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';

export function useMay(permissions) {
  const { data, error, reload } = useLoad(async (signal) => {
    const body = permissions.map((name) => `/permissions/${name}`);
    const { policies } = await call('POST', `${ACCESS}/acl/effective-policies`, { body, signal });
    return new Set(permissions.filter((name) => policies[`/permissions/${name}`]?.length));
  }, [permissions.join()]);
  return { may: data, error, reload };
}

// With `title` what is inside is a whole page.
export function Guard({ title, ...rest }) {
  const known = useMay([rest.permission, ...(rest.also ?? [])]);
  if (known.may?.has(rest.permission)) return rest.children(known.may);
  const inside = html`<${Refused} ...${rest} ...${known} />`;
  return title ? html`<${Page} title=${title}>${inside}<//>` : inside;
}

function Refused({ permission, to, may, error, reload }) {
  if (error) return html`<${ErrorBox} error=${error} onRetry=${reload} />`;
  if (!may) return html`<p class="page-loading" role="status">Loading…</p>`;
  return html`
    <${EmptyState} icon="shield" title="You may not see this">
      To ${to} you need a role with the permission <code>${permission}</code>${permission === 'administer' ? '' : ' in this sandbox'}. Ask an administrator for it; <code>lakehead role assign</code> gives it on the server's command line.
    <//>
  `;
}
