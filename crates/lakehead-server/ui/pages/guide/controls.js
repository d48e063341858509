// Buttons, fields, forms from schemas, choices, steps.
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { Chips } from '../../components/chips.js';
import { Input } from '../../components/input.js';
import { SchemaForm } from '../../components/schema_form.js';
import { Select } from '../../components/select.js';
import { Stepper } from '../../components/stepper.js';
import { Tabs } from '../../components/tabs.js';
import { Textarea } from '../../components/textarea.js';
import { Toggle } from '../../components/toggle.js';
import { html, useState } from '../../lib/html.js';
import { initial, validate } from '../../lib/schema.js';

const SCHEMA = {
  type: 'object',
  required: ['s3AccessKey', 's3SecretKey', 'region'],
  properties: {
    s3AccessKey: { type: 'string', description: 'Id of the access key' },
    s3SecretKey: { type: 'string', format: 'password', description: 'Secret of the access key' },
    region: { type: 'string', enum: ['eu-central-1', 'us-east-1'] },
    port: { type: 'integer', minimum: 1, maximum: 65535, default: 443 },
    encrypted: { type: 'boolean', default: true, title: 'Encrypted connection' },
    compression: { oneOf: [{ const: 'none', title: 'None' }, { title: 'With a level', type: 'object', properties: { level: { type: 'integer', default: 6 } } }] },
  },
};

export function Controls() {
  const [values, set] = useState({ name: 'Customers', toggle: true, chip: '', tab: 'one', step: 1, form: initial(SCHEMA) });
  const put = (name) => (value) => set((before) => ({ ...before, [name]: value }));
  return html`
    <${Card} title="Buttons">
      <div class="row"><${Button} primary icon="plus">Primary<//><${Button}>Plain<//><${Button} quiet icon="refresh">Quiet<//><${Button} danger icon="trash">Danger<//>
        <${Button} disabled>Disabled<//><${Button} primary busy>Busy<//><${Button} small>Small<//><${Button} small pressed=${true}>Pressed<//><${Button} href="/ui/components">A link<//></div>
    <//>
    <${Card} title="Fields">
      <div class="form">
        <${Input} label="Name" required value=${values.name} onInput=${put('name')} help="Others see it in lists." />
        <${Input} label="Secret key" secret value="not-a-secret" optional />
        <${Input} label="Bucket" value="My_Bucket" error="Lower-case letters, digits and hyphens only." />
        <${Select} label="Format" options=${[['json', 'JSON'], ['csv', 'Delimited']]} value="csv" />
        <${Textarea} label="Description" optional value="Customers of all shops" rows=${3} />
        <${Toggle} label="Partial ingestion" help="Rows that fail are left out and explained." checked=${values.toggle} onChange=${put('toggle')} />
        <${Toggle} label="Not possible here" disabled />
        <${Chips} label="State" value=${values.chip} onChange=${put('chip')} options=${[['', 'All', 12], ['on', 'Enabled', 9], ['off', 'Disabled', 3]]} />
      </div>
    <//>
    <${Card} title="Form from a JSON Schema">
      <${SchemaForm} schema=${SCHEMA} value=${values.form} onChange=${put('form')} errors=${validate(SCHEMA, values.form)} />
    <//>
    <${Card} title="Tabs and steps">
      <${Stepper} steps=${['Account', 'Files', 'Mapping', 'Schedule', 'Review']} current=${values.step} done=${2} onStep=${put('step')} />
      <${Tabs} label="Parts" selected=${values.tab} onSelect=${put('tab')} tabs=${[
        { id: 'one', title: 'Overview', panel: () => html`<p>What matters most.</p>` },
        { id: 'two', title: 'Runs', count: 12, panel: () => html`<p>Everything that ran.</p>` },
      ]} />
    <//>
  `;
}
