// The living style guide: every component in every state, for those who build pages. Its parts are in pages/guide.
import { Page } from '../components/page.js';
import { html } from '../lib/html.js';
import { Boxes } from './guide/boxes.js';
import { Controls } from './guide/controls.js';
import { Foundations } from './guide/foundations.js';
import { Lists } from './guide/lists.js';
import { Numbers } from './guide/numbers.js';

export default function Components() {
  return html`
    <${Page} title="Components" subtitle="What pages are made of. The props of each are in the first lines of its file in components/.">
      <div class="guide"><${Foundations} /><${Controls} /><${Boxes} /><${Lists} /><${Numbers} /></div>
    <//>
  `;
}
