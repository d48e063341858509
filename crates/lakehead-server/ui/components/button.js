// <Button primary onClick=…>Save</Button>
//   primary | danger | quiet    how much it stands out; one primary button on a page
//   small, wide, icon           looks; icon is a name of icon.js
//   busy                        shows that it works, and takes no clicks; keeps its size
//   href                        a link that looks like a button
//   pressed                     for what is on or off; type, disabled, title, onClick as everywhere
import { Icon } from './icon.js';
import { classes, html } from '../lib/html.js';

export function Button({ primary, danger, quiet, small, wide, icon, busy, href, pressed, type = 'button', disabled, children, ...rest }) {
  const name = classes('button', primary && 'primary', danger && 'danger', quiet && 'quiet', small && 'small', wide && 'wide', busy && 'busy');
  const inside = html`${icon && html`<${Icon} name=${icon} />`}${children}`;
  if (href) return html`<a class=${name} href=${href} ...${rest}>${inside}</a>`;
  return html`<button type=${type} class=${name} disabled=${disabled} aria-disabled=${busy ? 'true' : undefined} aria-busy=${busy ? 'true' : undefined}
    aria-pressed=${pressed === undefined ? undefined : String(pressed)} ...${rest} onClick=${busy ? (event) => event.preventDefault() : rest.onClick}>${inside}</button>`;
}
