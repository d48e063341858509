// System, light, dark. theme.js puts the choice into the page before it is painted.
import { Icon } from '../components/icon.js';
import { html, useState } from '../lib/html.js';

const NEXT = { system: 'light', light: 'dark', dark: 'system' };
const ICONS = { system: 'screen', light: 'sun', dark: 'moon' };

export function ThemeSwitch() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? 'system');
  const change = () => {
    const next = NEXT[theme];
    if (next === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem('lakehead.theme', next);
    } catch {
      // Then it holds until the page is closed.
    }
    setTheme(next);
  };
  return html`
    <button type="button" class="icon-button" title=${`Theme: ${theme}`} aria-label=${`Theme: ${theme}. Change to ${NEXT[theme]}`} onClick=${change}>
      <${Icon} name=${ICONS[theme]} />
    </button>
  `;
}
