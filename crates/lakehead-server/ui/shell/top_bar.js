// Name, sandbox, theme, API calls, signing out.
import { SandboxSwitcher } from './sandbox_switcher.js';
import { ThemeSwitch } from './theme_switch.js';
import { Button } from '../components/button.js';
import { Icon } from '../components/icon.js';
import { html } from '../lib/html.js';
import { path } from '../lib/router.js';
import { session, signOut } from '../lib/session.js';
import { useStore } from '../lib/store.js';

export function TopBar({ drawer, onDrawer, panel, onPanel }) {
  const who = useStore(session);
  return html`
    <header class="top-bar">
      <button type="button" class="icon-button drawer-button" aria-expanded=${drawer} aria-label="Pages" onClick=${() => onDrawer(!drawer)}>
        <${Icon} name="menu" />
      </button>
      <a class="brand" href=${path('/')} aria-label="Lakehead, first page"><${Icon} name="waves" /><span>Lakehead</span></a>
      <${SandboxSwitcher} />
      <span class="top-bar-space"></span>
      <${Button} small quiet icon="code" pressed=${panel} onClick=${() => onPanel(!panel)}><span class="wide-only">As API calls</span><span class="narrow-only sr">As API calls</span><//>
      <${ThemeSwitch} />
      <${Button} small quiet icon="exit" title=${`Signed in as ${who?.name ?? ''}`} onClick=${signOut}><span class="sr">Sign out</span><//>
    </header>
  `;
}
