// Fourth step: which column becomes which field. Files that have the fields of the schema already are mapped by name.
import { StepFrame } from './step.js';
import { Button } from '../../components/button.js';
import { ErrorBox } from '../../components/error_box.js';
import { fieldsOf, fieldsOfColumns } from '../../lib/fields.js';
import { plural } from '../../lib/format.js';
import { html, useMemo } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { resolved } from '../../lib/registry.js';
import { columnsOf, rowsOf } from '../../lib/sample.js';
import { MappingEditor } from '../mapping/editor.js';

export default function Mapping({ draft, change, next, back }) {
  const schemaId = draft.dataset?.schemaId;
  const sample = draft.source?.sample;
  const mapping = draft.mapping ?? { rules: [] };
  const { data, error, reload } = useLoad((signal) => (schemaId ? resolved(schemaId, { signal }) : Promise.resolve(null)), [schemaId]);
  const fields = useMemo(() => (data ? fieldsOf(data) : []), [data]);
  const source = useMemo(() => fieldsOfColumns(columnsOf(sample)), [sample]);
  const rows = useMemo(() => rowsOf(sample), [sample]);
  const already = draft.source?.format === 'parquet_xdm';
  const alike = useMemo(() => sameNamed(source, fields), [source, fields]);
  // A changed rule is another mapping than a stored one.
  const set = ({ rules, rejected }) => change({ mapping: { schemaId, rules, rejected } });
  const byName = () => set({ ...mapping, rules: alike.map((path) => ({ sourceType: 'ATTRIBUTE', source: path, destination: path })) });
  const blocked = !schemaId ? 'Choose a dataset first.' : !already && !mapping.rules.length ? 'Map at least one field.' : '';
  return html`
    <${StepFrame} title="Mapping" text=${data ? `How columns become fields of ${data.title}.` : ''} back=${back} next=${next} blocked=${blocked}>
      ${error && html`<${ErrorBox} error=${error} onRetry=${reload} />`}
      ${!data && !error && schemaId && html`<p class="hint" role="status">Loading the fields of the schema …</p>`}
      ${already && html`<p class="notice">The files have the fields of the schema already: nothing has to be mapped.</p>`}
      ${data && !already && html`
        ${alike.length > 1 && mapping.rules.length === 0 && html`
          <div class="notice row"><span>${plural(alike.length, 'column')} of ${source.length} ${alike.length === 1 ? 'is' : 'are'} called like a field of the schema: the data seems to have its form already.</span>
            <${Button} small onClick=${byName}>Map by name<//></div>`}
        <${MappingEditor} schemaId=${schemaId} fields=${fields} source=${source} rows=${rows} mapping=${mapping} onChange=${set} />`}
    <//>
  `;
}

// Columns that are fields of the schema, with a type that fits.
function sameNamed(source, fields) {
  const known = new Map(fields.map((field) => [field.path, field]));
  const isNested = (field) => ['object', 'array', 'map'].includes(field.type);
  return source.filter((column) => known.has(column.path) && isNested(column) === isNested(known.get(column.path))).map((column) => column.path);
}
