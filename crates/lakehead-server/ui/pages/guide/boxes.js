// States, messages, dialogs, empty states, code.
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { CodeBlock } from '../../components/code_block.js';
import { confirm, Dialog } from '../../components/dialog.js';
import { EmptyState } from '../../components/empty_state.js';
import { ErrorBox } from '../../components/error_box.js';
import { KeyValues } from '../../components/key_values.js';
import { StateBadge } from '../../components/state_badge.js';
import { Time } from '../../components/time.js';
import { toast } from '../../components/toast.js';
import { html, useState } from '../../lib/html.js';

const ERROR = {
  title: 'This was refused', detail: 'the bucket `shop-data` does not exist; check the name', advice: 'Choose another bucket.',
  code: 'FLOW-1100-400', requestId: '0123456789abcdef',
};

export function Boxes() {
  const [open, setOpen] = useState(false);
  const ask = async () => {
    const yes = await confirm({ title: 'Delete the account?', text: 'Dataflows that use it stop. What has landed stays.', action: 'Delete', danger: true });
    toast(yes ? 'Deleted (not really)' : 'Nothing was changed');
  };
  return html`
    <${Card} title="States"><div class="row">${['success', 'running', 'partialSuccess', 'failed', 'draft', 'enabled', 'notYetAvailable'].map((state) => html`<${StateBadge} state=${state} />`)}</div><//>
    <${Card} title="Messages">
      <${ErrorBox} error=${ERROR} onRetry=${() => {}} />
      <p class="notice">A notice: something that is good to know.</p>
      <div class="row"><${Button} onClick=${() => toast('Saved')}>Show a toast<//><${Button} onClick=${() => setOpen(true)}>Open a dialog<//><${Button} onClick=${ask}>Ask a question<//></div>
      <${Dialog} open=${open} title="A dialog" onClose=${() => setOpen(false)} actions=${html`<${Button} primary onClick=${() => setOpen(false)}>Done<//>`}><p>Escape closes it, and the focus goes back.</p><//>
    <//>
    <${Card} title="Names and values"><${KeyValues} items=${[['Name', 'Customers'], ['State', html`<${StateBadge} state="enabled" />`], ['Changed', html`<${Time} ms=${Date.now() - 7_200_000} />`], ['Nothing known', undefined]]} /><//>
    <${Card} title="Code"><${CodeBlock} text=${'curl -s "$BASE/data/foundation/flowservice/flows" \\\n  -H "Authorization: Bearer $ACCESS_TOKEN"'} label="Command" /><//>
    <${EmptyState} icon="flow" title="No dataflows yet" action=${html`<${Button} primary href="/ui/sources">Choose a source<//>`}>A dataflow brings the files of a source into a dataset, again and again.<//>
  `;
}
