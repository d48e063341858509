// Preact with htm under one name, so that a page needs one import: html`<p>${text}</p>`. Text is never markup.
import htm from '../vendor/htm.mjs';
import { Fragment, createContext, createPortal, h, render } from '../vendor/preact.mjs';

export * from '../vendor/hooks.mjs';
export { Fragment, createContext, createPortal, render };
export const html = htm.bind(h);

// Class names from what is true: classes('card', wide && 'wide').
export const classes = (...names) => names.filter(Boolean).join(' ');
