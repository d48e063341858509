// <Toolbar>…</Toolbar>: controls above a list. <Search label="Search sources" value onInput /> is its box for words.
import { Input } from './input.js';
import { html } from '../lib/html.js';

export const Toolbar = ({ children }) => html`<div class="toolbar" role="search">${children}</div>`;
export const Search = (props) => html`<${Input} ...${props} type="search" icon="search" hideLabel placeholder=${props.label} />`;
