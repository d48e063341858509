// The frame of every page: top bar, navigation, the page itself, messages, and the panel of API calls.
import { CallsPanel } from './calls_panel.js';
import { Navigation } from './navigation.js';
import { TopBar } from './top_bar.js';
import { Crash } from './crash.js';
import { Toasts } from '../components/toast.js';
import { landOn } from '../lib/focus.js';
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { useRoute } from '../lib/router.js';
import { session, toSignIn } from '../lib/session.js';
import { useStore } from '../lib/store.js';

export function Shell() {
  const route = useRoute();
  const who = useStore(session);
  const [drawer, setDrawer] = useState(false);
  const [panel, setPanel] = useState(false);
  const main = useRef(null);
  const allowed = Boolean(who) || route.page.open;
  useEffect(() => {
    if (!allowed) toSignIn();
  }, [allowed, route.path]);
  useEffect(() => setDrawer(false), [route.path]);
  useEffect(() => {
    document.title = `${route.page.title} · Lakehead`;
  }, [route.page]);
  // Readers of screens are told where they are: the new page begins with its heading.
  // Unless the page has put the focus somewhere itself, as the sign-in page does.
  const shown = () => {
    const place = main.current;
    const taken = place.contains(document.activeElement) && document.activeElement !== place;
    return route.moved && !taken ? landOn(place, 'h1') : undefined;
  };
  const bare = !who;
  return html`
    <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); main.current.focus(); }}>Skip to the content</a>
    <div class=${bare ? 'frame bare' : 'frame'}>
      ${!bare && html`<${TopBar} drawer=${drawer} onDrawer=${setDrawer} panel=${panel} onPanel=${setPanel} />`}
      ${!bare && html`<${Navigation} open=${drawer} onClose=${() => setDrawer(false)} />`}
      <main id="main" tabindex="-1" ref=${main}>
        ${allowed && html`<${Crash} key=${route.path}><${Page} route=${route} onShown=${shown} /><//>`}
      </main>
      ${panel && !bare && html`<${CallsPanel} onClose=${() => setPanel(false)} />`}
    </div>
    <${Toasts} />
  `;
}

// Loads the module of a page when it is opened first.
const loaded = new Map();

function Page({ route, onShown }) {
  const [, redraw] = useState(0);
  const [error, setError] = useState(null);
  const component = loaded.get(route.page);
  useEffect(() => {
    if (component) return onShown();
    let gone = false;
    route.page.module()
      .then((module) => { loaded.set(route.page, module.default); return gone || redraw((n) => n + 1); })
      .catch((failure) => gone || setError(failure));
    return () => { gone = true; };
  }, [component]);
  if (error) throw error;
  return component ? html`<${component} params=${route.params} query=${route.query} />` : html`<p class="page-loading" role="status">Loading…</p>`;
}
