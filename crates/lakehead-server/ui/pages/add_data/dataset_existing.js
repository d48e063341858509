// <ExistingDataset chosen=${id} onChoose />: the datasets of the sandbox, searched and paged by the Catalog.
import { ChoiceList } from './choice_list.js';
import { useCatalog } from '../../lib/catalog.js';
import { html, useState } from '../../lib/html.js';
import { useLoad, useSettled } from '../../lib/load.js';
import { listed } from '../../lib/registry.js';
import { containing } from '../../lib/search.js';

const PAGE_ROWS = 20;

export function ExistingDataset({ chosen, onChoose }) {
  const [search, setSearch] = useState('');
  const query = { property: containing('name', useSettled(search)), orderBy: 'desc:created', properties: 'name,description,schemaRef,created' };
  const list = useCatalog('/dataSets', { query, size: PAGE_ROWS });
  const titles = useLoad(schemaTitles, []);
  const items = list.rows?.map((one) => ({ id: one.id, title: one.name, text: one.description, hint: titles.data?.get(one.schemaRef?.id) ?? '', created: one.created, one }));
  return html`<${ChoiceList} label="Datasets" searchLabel="Search datasets" search=${search} onSearch=${setSearch} items=${items} chosen=${chosen} loading=${list.loading || list.loadingMore} error=${list.error} onRetry=${list.reload}
    more=${list.more} onMore=${list.loadMore} empty="No dataset fits. Make a new one, or search for something else."
    onChoose=${({ one }) => onChoose({ id: one.id, name: one.name, description: one.description ?? '', schemaId: one.schemaRef?.id, isNew: false })} />`;
}

const schemaTitles = async (signal) => new Map((await listed('tenant', 'schemas', { signal })).map((one) => [one.$id, one.title]));
