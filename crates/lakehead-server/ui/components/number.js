// <Count value=${12345} /> and <Bytes value=${1e9} />: numbers that line up, with the exact value in the title.
import { html } from '../lib/html.js';
import { bytes, count } from '../lib/format.js';

export const Count = ({ value }) => html`<span class="number">${count(value)}</span>`;
export const Bytes = ({ value }) => html`<span class="number" title=${value == null ? undefined : `${count(value)} bytes`}>${bytes(value)}</span>`;
