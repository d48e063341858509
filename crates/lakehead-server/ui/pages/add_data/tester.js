// <Tester source listing file onFile />: which files the path selects, which it just misses and why; one of them is previewed.
import { Button } from '../../components/button.js';
import { DataTable } from '../../components/data_table.js';
import { ErrorBox } from '../../components/error_box.js';
import { bytes, plural } from '../../lib/format.js';
import { html } from '../../lib/html.js';
import { folderOf, judge } from '../../lib/wildcard.js';

// {matching: [{path, size?, canPreview, warning?}], almost: [{path, why}]}, each in the order of the listing.
export function judged(source, files) {
  const found = { matching: [], almost: [] };
  for (const file of files) {
    const one = judge(source, file);
    if (one?.matches) found.matching.push({ path: file.path, size: file.size, canPreview: file.canPreview, warning: one.warning });
    else if (one) found.almost.push({ path: file.path, why: one.almost });
  }
  return found;
}

export function Tester({ source, listing, result, file, onFile }) {
  if (listing.error) return html`<${ErrorBox} error=${listing.error} onRetry=${listing.reload} />`;
  if (!listing.data) return html`<p class="hint" role="status">Looking for files…</p>`;
  const { files, folders, complete } = listing.data;
  const folder = folderOf(source);
  const short = (path) => (path.startsWith(folder) ? path.slice(folder.length) : path);
  const looked = `${plural(files.length, 'file')} in ${plural(folders, 'folder')} looked at${complete ? '' : '; there are more, which runs will list'}`;
  const names = { key: 'path', title: 'File', wide: true, render: (row) => html`<span title=${row.path}>${short(row.path)}</span>${row.warning && html`<span class="warning">${row.warning}</span>`}` };
  const show = { key: 'show', title: 'Preview', align: 'end', render: (row) => (row.path === file ? html`<span class="hint">shown below</span>`
    : html`<${Button} small quiet icon="eye" disabled=${row.canPreview === false} aria-label=${`Preview ${short(row.path)}`} onClick=${() => onFile(row.path)}>Preview<//>`) };
  // Not every source tells sizes.
  const sizes = result.matching.some((row) => row.size !== undefined) ? [{ key: 'size', title: 'Size', align: 'end', render: (row) => bytes(row.size) }] : [];
  return html`
    <div class="tester">
      <p role="status"><strong>${result.matching.length ? plural(result.matching.length, 'file matches', 'files match') : 'No file matches'}</strong>${result.almost.length > 0 && `, ${result.almost.length} almost`} <span class="hint">${looked}</span></p>
      ${result.matching.length > 0 && html`<div class="tester-list"><${DataTable} label="Files that match" columns=${[names, ...sizes, ...(onFile ? [show] : [])]} rows=${result.matching} rowKey=${(row) => row.path} /></div>`}
      ${result.almost.length > 0 && html`<div class="tester-list"><${DataTable} label="Files that almost match" rows=${result.almost} rowKey=${(row) => row.path}
        columns=${[{ ...names, title: 'Almost' }, { key: 'why', title: 'Why it is not taken' }]} /></div>`}
      ${!result.matching.length && !source.encryption && html`<p class="hint">A pattern may match nothing today: files that come later are taken. To go on, choose something that can be previewed now.</p>`}
    </div>
  `;
}
