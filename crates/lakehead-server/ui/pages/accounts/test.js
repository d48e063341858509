// Whether the keys of an account still work. The test answers yes or no; where it is no, exploring the source brings
// the storage's own words.
//   const test = useTest(id)   {run, busy, result: {ok, error}}
import { ErrorBox } from '../../components/error_box.js';
import { call, FLOW } from '../../lib/api.js';
import { html, useState } from '../../lib/html.js';

export function useTest(id) {
  const [state, setState] = useState({ busy: false, result: null });
  const run = async () => {
    setState({ busy: true, result: null });
    setState({ busy: false, result: await tried(id) });
  };
  return { ...state, run };
}

async function tried(id) {
  try {
    const { result } = await call('GET', `${FLOW}/connections/${id}/test`);
    if (result) return { ok: true };
    await call('GET', `${FLOW}/connections/${id}/explore`, { query: { objectType: 'root', limit: 1 } });
    return { ok: false, error: { title: 'The account does not work', detail: 'The storage refused the test, and gave no reason.' } };
  } catch (error) {
    return { ok: false, error: { ...error, title: 'The account does not work', detail: error.detail, advice: error.advice || 'Correct its parameters below, or give new keys.' } };
  }
}

export function AccountTest({ test }) {
  if (!test.result) return html`<div role="status" class="sr">${test.busy ? 'Testing the account' : ''}</div>`;
  return test.result.ok ? html`<p class="notice good" role="status">The account works: the storage accepts its keys.</p>` : html`<${ErrorBox} error=${test.result.error} />`;
}
