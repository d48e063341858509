// A new account of one source.
import { AccountForm } from './form.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { EmptyState } from '../../components/empty_state.js';
import { ErrorBox } from '../../components/error_box.js';
import { Page } from '../../components/page.js';
import { toast } from '../../components/toast.js';
import { html } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { navigate, path } from '../../lib/router.js';
import { isAvailable, loadSpec, nameOf } from '../../lib/specs.js';

export default function NewAccount({ params }) {
  const { data: spec, error, reload } = useLoad((signal) => loadSpec(params.spec, signal), [params.spec]);
  const made = (account) => {
    toast(`Connected: ${account.name}`);
    navigate(`/accounts/${account.id}`);
  };
  return html`
    <${Page} title=${spec ? `Connect to ${nameOf(spec)}` : 'New account'} crumbs=${[['Accounts', '/accounts']]}
      subtitle="The keys are tried before anything is stored. They are kept encrypted and never shown again.">
      ${error && html`<${ErrorBox} error=${error} onRetry=${reload} />`}
      ${spec && !isAvailable(spec) && html`<${EmptyState} icon="plug" title=${`${nameOf(spec)} is not available yet`}
        action=${html`<${Button} href=${path('/sources')}>Choose another source<//>`}>This server has no connector for it.<//>`}
      ${spec && isAvailable(spec) && html`<${Card}><${AccountForm} spec=${spec} onMade=${made} cancel=${html`<${Button} href=${path('/accounts', { spec: spec.id })}>Cancel<//>`} /><//>`}
    <//>
  `;
}
