// <FormDialog open title="New sandbox" action="Create" onSubmit=${async () => …} onClose=${close} disabled>…fields…</FormDialog>
// A dialog that does one thing: it stays open, with the reason, when that fails.
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { ErrorBox } from '../../components/error_box.js';
import { html, useEffect, useState } from '../../lib/html.js';

export function FormDialog({ open, title, action, onSubmit, onClose, disabled, wide, children }) {
  const [state, setState] = useState({ busy: false, error: null });
  useEffect(() => setState({ busy: false, error: null }), [open]);
  const submit = async (event) => {
    event.preventDefault();
    setState({ busy: true, error: null });
    try {
      await onSubmit();
      setState({ busy: false, error: null });
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return html`
    <${Dialog} open=${open} title=${title} onClose=${onClose} wide=${wide}>
      <form class="form" onSubmit=${submit}>
        ${children}
        <${ErrorBox} error=${state.error} />
        <div class="actions end"><${Button} onClick=${onClose}>Cancel<//><${Button} primary type="submit" busy=${state.busy} disabled=${disabled}>${action}<//></div>
      </form>
    <//>
  `;
}
