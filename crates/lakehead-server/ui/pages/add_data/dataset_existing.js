// <ExistingDataset chosen=${id} onChoose />: the datasets of the sandbox, searched and paged by the Catalog.
import { ChoiceList } from './choice_list.js';
import { call, CATALOG } from '../../lib/api.js';
import { html, useEffect, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { listed } from '../../lib/registry.js';

const PAGE = 20;
const WAIT_MS = 250;

export function ExistingDataset({ chosen, onChoose }) {
  const [search, setSearch] = useState('');
  const [asked, setAsked] = useState('');
  const [limit, setLimit] = useState(PAGE);
  const titles = useLoad(schemaTitles, []);
  const { data, error, loading, reload } = useLoad((signal) => datasets(asked, limit, signal), [asked, limit]);
  useEffect(() => {
    const timer = setTimeout(() => { setAsked(search.trim()); setLimit(PAGE); }, WAIT_MS);
    return () => clearTimeout(timer);
  }, [search]);
  const items = data?.rows.map((one) => ({ id: one.id, title: one.name, text: one.description, hint: titles.data?.get(one.schemaRef?.id) ?? '', created: one.created, one }));
  return html`<${ChoiceList} label="Datasets" searchLabel="Search datasets" search=${search} onSearch=${setSearch} items=${items} chosen=${chosen} loading=${loading} error=${error} onRetry=${reload}
    more=${data?.more} onMore=${() => setLimit(limit + PAGE)} empty="No dataset fits. Make a new one, or search for something else."
    onChoose=${({ one }) => onChoose({ id: one.id, name: one.name, description: one.description ?? '', schemaId: one.schemaRef?.id, isNew: false })} />`;
}

async function datasets(search, limit, signal) {
  const query = { limit: PAGE, orderBy: 'desc:created', properties: 'name,description,schemaRef,created', ...(search && { name: `*${search.replaceAll('*', '**')}*` }) };
  const rows = [];
  let more = true;
  while (more && rows.length < limit) {
    const found = Object.entries((await call('GET', `${CATALOG}/dataSets`, { query: { ...query, start: rows.length }, signal })) ?? {});
    rows.push(...found.map(([id, one]) => ({ id, ...one })));
    more = found.length === PAGE;
  }
  return { rows, more };
}

const schemaTitles = async (signal) => new Map((await listed('tenant', 'schemas', { signal })).map((one) => [one.$id, one.title]));
