// The start of the interface: puts the shell into the page.
import { html, render } from './lib/html.js';
import { Shell } from './shell/shell.js';

const place = document.getElementById('app');
place.replaceChildren();
render(html`<${Shell} />`, place);
