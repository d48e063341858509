// The way from a source to a dataflow, step by step. What was chosen is one object, the draft, which every step is given
// as {draft, change, next, back}; it is kept for this tab (see add_data/draft.js), so that nothing is lost by a reload.
import { useDraft } from './add_data/draft.js';
import { Button } from '../components/button.js';
import { EmptyState } from '../components/empty_state.js';
import { ErrorBox } from '../components/error_box.js';
import { Page } from '../components/page.js';
import { Stepper } from '../components/stepper.js';
import { landOn } from '../lib/focus.js';
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { navigate, path, useRoute } from '../lib/router.js';
import { isAvailable, loadSpec, nameOf } from '../lib/specs.js';

// `ready`: whether the steps behind it can be gone to.
const STEPS = [
  { id: 'account', title: 'Account', module: () => import('./add_data/account.js'), ready: (draft) => Boolean(draft.account?.id) },
  { id: 'data', title: 'Select data', module: () => import('./add_data/select_data.js'), ready: (draft) => Boolean(draft.source?.path && draft.source.sample && (!draft.source.encryption || draft.source.encryption.key)) },
  { id: 'dataset', title: 'Dataset', module: () => import('./add_data/dataset.js'), ready: (draft) => Boolean(draft.dataset?.schemaId) },
  { id: 'mapping', title: 'Mapping', module: () => import('./add_data/mapping.js'), ready: () => true },
  { id: 'schedule', title: 'Schedule', module: () => import('./add_data/schedule.js'), ready: () => true },
  { id: 'review', title: 'Review', module: () => import('./add_data/review.js'), ready: () => false },
];

export default function AddData({ params }) {
  const { data: spec, error, reload } = useLoad((signal) => loadSpec(params.spec, signal), [params.spec]);
  if (spec && isAvailable(spec)) return html`<${Wizard} spec=${spec} />`;
  return html`
    <${Page} title="Add data" crumbs=${[['Sources', '/sources']]}>
      ${error && html`<${ErrorBox} error=${error} onRetry=${reload} />`}
      ${!spec && !error && html`<p class="hint" role="status">Loading…</p>`}
      ${spec && html`<${EmptyState} icon="plug" title=${`${nameOf(spec)} is not available yet`}
        action=${html`<${Button} href=${path('/sources')}>Choose another source<//>`}>This server has no connector for it.<//>`}
    <//>
  `;
}

function Wizard({ spec }) {
  const { query, path: here } = useRoute();
  const { draft, change, reached, reach, clear } = useDraft(spec.id);
  // How far one may go: to the first step that lacks something, and no further than one has been.
  const lacking = STEPS.findIndex((step) => !step.ready(draft));
  const done = Math.min(lacking, reached);
  const at = Math.min(Math.max(0, STEPS.findIndex((step) => step.id === query.step)), done);
  const go = (to, replace = false) => navigate(path(here, { step: STEPS[to].id }), { replace });
  const next = () => {
    reach(at + 1);
    go(at + 1);
  };
  const back = () => go(Math.max(0, at - 1));
  useEffect(() => {
    if (query.step && query.step !== STEPS[at].id) go(at, true);
  }, [query.step, at]);
  const again = () => {
    clear();
    go(0, true);
  };
  const Step = STEPS[at];
  // The page that was opened begins with its own heading; a step that was gone to, with its.
  const first = useRef(at);
  if (first.current !== at) first.current = null;
  return html`
    <${Page} title=${`Add data from ${nameOf(spec)}`} crumbs=${[['Sources', '/sources']]}
      actions=${reached > 0 && html`<${Button} quiet icon="undo" onClick=${again}>Start over<//>`}>
      <${Stepper} steps=${STEPS.map((step) => step.title)} current=${at} done=${done} onStep=${go} />
      <${Loaded} key=${Step.id} step=${Step} moved=${first.current === null} spec=${spec} draft=${draft} change=${change} next=${next} back=${back} clear=${clear} go=${(id) => go(STEPS.findIndex((one) => one.id === id))} />
    <//>
  `;
}

// A step whose module is loaded when it is gone to; its heading gets the focus, as that of a page does.
function Loaded({ step, moved, ...props }) {
  const [state, set] = useState({ component: null, error: null });
  const place = useRef(null);
  useEffect(() => {
    let gone = false;
    step.module()
      .then((module) => gone || set({ component: module.default, error: null }))
      .catch((error) => gone || set({ component: null, error }));
    return () => { gone = true; };
  }, []);
  useEffect(() => (state.component && moved ? landOn(place.current, 'h2') : undefined), [state.component]);
  return html`
    <section class="step" ref=${place} aria-label=${step.title}>
      ${state.component ? html`<${state.component} ...${props} />` : !state.error && html`<p class="hint" role="status">Loading…</p>`}
      ${state.error && html`
        <h2 tabindex="-1">${step.title}</h2>
        <p class="notice">This step is not part of this version yet.</p>
        <div class="actions"><${Button} onClick=${props.back}>Back<//><${Button} primary onClick=${props.next}>Next<//></div>`}
    </section>
  `;
}
