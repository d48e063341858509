// <Dialog open=${open} title="Delete the account?" onClose=${close} actions=${…} wide>…</Dialog>
// The browser's own dialog: keeps the focus inside, closes with Escape, gives the focus back. It begins where something is to be
// done: in the first field, else at the first button of the actions, which takes nothing away.
//   confirmed = await confirm({title, text, action: 'Delete', danger: true})   asks a question; see below
import { Button } from './button.js';
import { Icon } from './icon.js';
import { classes, html, render, useEffect, useId, useRef } from '../lib/html.js';

const FIELD = ['input', 'select', 'textarea'].map((name) => `.dialog-body ${name}:not(:disabled)`).join();

export function Dialog({ open, title, onClose, actions, wide, children }) {
  const dialog = useRef(null);
  const id = `d${useId()}`;
  useEffect(() => {
    if (open && !dialog.current.open) {
      dialog.current.showModal();
      (dialog.current.querySelector(FIELD) ?? dialog.current.querySelector('footer button:not(:disabled)'))?.focus();
    }
    if (!open && dialog.current.open) dialog.current.close();
  }, [open]);
  return html`
    <dialog ref=${dialog} class=${classes('dialog', wide && 'wide')} aria-labelledby=${id} onClose=${() => open && onClose()}
      onClick=${(event) => event.target === dialog.current && onClose()}>
      ${open && html`
        <div class="dialog-inside">
          <header>
            <h2 id=${id}>${title}</h2>
            <button type="button" class="icon-button" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button>
          </header>
          <div class="dialog-body">${children}</div>
          ${actions && html`<footer class="actions">${actions}</footer>`}
        </div>`}
    </dialog>
  `;
}

// Asks before something is done; answers true or false.
export function confirm({ title, text, action = 'Continue', danger = false }) {
  const place = document.body.appendChild(document.createElement('div'));
  return new Promise((resolve) => {
    const end = (answer) => {
      render(draw(false), place);
      render(null, place);
      place.remove();
      resolve(answer);
    };
    const draw = (open) => html`
      <${Dialog} open=${open} title=${title} onClose=${() => end(false)} actions=${html`
        <${Button} onClick=${() => end(false)}>Cancel<//>
        <${Button} primary=${!danger} danger=${danger} onClick=${() => end(true)}>${action}<//>`}>
        <p>${text}</p>
      <//>`;
    render(draw(true), place);
  });
}
