// What clients and users have in common: roles to choose, and to change.
import { FormDialog } from './form_dialog.js';
import { call, ACCESS } from '../../lib/api.js';
import { html, useEffect, useState } from '../../lib/html.js';

// <RoleBoxes roles=${all} chosen=${Set} onChange=${(set) => …} />
export function RoleBoxes({ roles, chosen, onChange }) {
  const change = (id) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChange(next);
  };
  return html`
    <fieldset class="boxes"><legend>Roles</legend>
      ${roles.map((role) => html`<label key=${role.id}><input type="checkbox" checked=${chosen.has(role.id)} onChange=${() => change(role.id)} /><span>${role.name}<span class="hint">${role.description || role.permissionSets.join(', ')}</span></span></label>`)}
    </fieldset>
  `;
}

// Roles of a member are changed on the side of the roles: each takes it in, or lets it go.
export function ChangeRoles({ member, kind, roles, onClose, onDone }) {
  const [chosen, setChosen] = useState(new Set());
  const has = idsOf(member, roles);
  useEffect(() => setChosen(new Set(has)), [member?.id]);
  const save = async () => {
    const change = (id, op) => call('PATCH', `${ACCESS}/administration/roles/${encodeURIComponent(id)}/subjects`, { body: [{ op, path: `/${kind}`, value: [member.id] }], sandbox: null });
    // Given before taken: the last administrator is never without a role on the way.
    for (const id of chosen) if (!has.includes(id)) await change(id, 'add');
    for (const id of has) if (!chosen.has(id)) await change(id, 'remove');
    onDone('Roles changed');
  };
  return html`
    <${FormDialog} open=${Boolean(member)} title=${`Roles of ${member?.name || member?.id}`} action="Save" onSubmit=${save} onClose=${onClose}>
      <${RoleBoxes} roles=${roles} chosen=${chosen} onChange=${setChosen} />
    <//>
  `;
}

// Members name their roles by name or by id.
const idsOf = (member, roles) => roles.filter((role) => member?.roles?.some((one) => one === role.id || one === role.name)).map((role) => role.id);
export const roleNames = (member, roles) => (member.roles?.length ? member.roles.map((one) => roles.find((role) => role.id === one)?.name ?? one).join(', ') : html`<span class="hint">none: may do nothing</span>`);
