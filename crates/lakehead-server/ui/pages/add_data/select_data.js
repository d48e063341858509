// Second step: which files, and how they are read. What is chosen in the tree, typed as a path, or set below is tried out at once.
import { Browser } from './browser.js';
import { found, queryOf } from './dialect.js';
import { Encryption, lackingFor } from './encryption.js';
import { collect } from './listing.js';
import { Preview } from './preview.js';
import { Selection } from './selection.js';
import { Settings } from './settings.js';
import { StepFrame } from './step.js';
import { Tester, judged } from './tester.js';
import { Card } from '../../components/card.js';
import { Chips } from '../../components/chips.js';
import { call, FLOW } from '../../lib/api.js';
import { html, useEffect, useMemo, useState } from '../../lib/html.js';
import { useLoad } from '../../lib/load.js';
import { folderOf, goesBelow, isPattern } from '../../lib/wildcard.js';

const WAIT_MS = 300;

export default function SelectData({ draft, change, next, back }) {
  const account = draft.account.id;
  const source = draft.source ?? { path: '', type: 'file', recursive: true, pattern: '', format: undefined, options: {}, declared: false, encryption: null };
  const { encryption } = source;
  // Whatever changes, the sample is of something else.
  const put = (partial) => change((before) => {
    const { sample, ...rest } = { ...source, ...before.source, ...partial };
    // One folder, as the service demands.
    if (rest.encryption) rest.recursive = false;
    const pattern = rest.type === 'folder' && isPattern(rest.path) ? rest.path : '';
    return { source: { ...rest, pattern } };
  });
  const listing = useListing(account, source);
  const result = useMemo(() => judged(source, listing.data?.files ?? []), [source.path, source.type, source.recursive, listing.data]);
  const [picked, setPicked] = useState(null);
  const example = source.type === 'file' ? source.path || null : fileOf(result, picked, source);
  const file = encryption ? encryption.sample.trim() || null : example;
  // What the tree chooses.
  const [asked, setAim] = useState('');
  const aim = encryption ? asked || (source.path ? 'sample' : 'files') : 'files';
  const preview = usePreview(account, source, file, change);
  const choose = (entry) => {
    if (aim === 'sample') {
      if (entry.type === 'file') put({ encryption: { ...encryption, sample: entry.path }, ...(source.declared ? {} : { format: undefined, options: {} }) });
      return;
    }
    setPicked(null);
    put({ path: entry.path, type: entry.type, ...(source.declared ? {} : { format: undefined, options: {} }) });
  };
  const blocked = source.path ? lackingFor(encryption) || (source.sample ? '' : 'Waiting for a preview that works.') : 'Choose a file, a folder or a pattern first.';
  return html`
    <${StepFrame} title="Select data" text="Choose a file or a folder, or describe files by a pattern. New files that match are taken by later runs." back=${back} next=${next} blocked=${blocked}>
      <div class="select-data">
        <${Card} title="Browse" level=${3}>
          ${encryption && html`<${Chips} label="What the tree chooses" value=${aim} onChange=${setAim} options=${[['files', 'Encrypted files'], ['sample', 'Unencrypted sample']]} />`}
          <${Browser} account=${account} selected=${aim === 'sample' ? encryption.sample : source.pattern ? folderOf(source) : source.path} onSelect=${choose} />
        <//>
        <${Card} title="What is read" level=${3}>
          <${Selection} source=${source} account=${draft.account} example=${example} onChange=${put} />
          <${Encryption} source=${source} onChange=${(next) => put({ encryption: next, ...(next ? {} : { recursive: true }), ...(next?.sample === encryption?.sample || source.declared ? {} : { format: undefined, options: {} }) })} />
          ${source.path && source.type === 'folder' && html`<${Tester} source=${source} listing=${listing} result=${result} file=${file} onFile=${encryption ? undefined : setPicked} />`}
          ${source.type === 'file' && preview.error && result.almost.length > 0 && html`<${Tester} source=${source} listing=${listing} result=${result} />`}
        <//>
      </div>
      <${Card} title=${file ? html`Preview of ${encryption ? 'the sample ' : ''}<span class="preview-file">${file.slice(file.lastIndexOf('/') + 1)}</span>` : 'Preview'} level=${3}>
        ${file && html`<${Settings} key=${source.format} source=${source} onChange=${(format, options) => put({ format, options, declared: true })}
          onDetect=${() => put({ declared: false, format: undefined, options: {} })} />`}
        <div class="preview"><${Preview} source=${source} preview=${preview} file=${file} none=${encryption ? 'Encrypted files are not shown. Choose an unencrypted sample with the same columns.' : undefined} /></div>
      <//>
    <//>
  `;
}

// The file whose rows are shown for many: the one that was picked, else the first that can be read.
function fileOf({ matching }, picked, source) {
  const readable = matching.filter((one) => one.canPreview !== false);
  const before = source.sample?.file;
  return (readable.find((one) => one.path === picked) ?? readable.find((one) => one.path === before) ?? readable[0])?.path ?? null;
}

function useListing(account, source) {
  const folder = useSettled(source.path ? folderOf(source) : '');
  const below = goesBelow(source);
  return useLoad(async (signal) => (folder ? collect(account, folder, below, signal) : { files: [], folders: 0, complete: true }), [account, folder, below]);
}

// Reads the beginning of the file whenever what is declared for it changes, and keeps what came of it in the draft.
function usePreview(account, source, file, change) {
  const query = file ? JSON.stringify(queryOf(source, file)) : '';
  const settled = useSettled(query);
  const preview = useLoad(async (signal) => {
    if (!settled) return null;
    const answer = await call('GET', `${FLOW}/connections/${account}/explore`, { query: JSON.parse(settled), signal });
    return { ...answer, asked: settled };
  }, [account, settled]);
  const { data, error } = preview;
  // Also when the selection changes and its first file is still the same.
  const lacks = !source.sample;
  useEffect(() => {
    if (!data || data.asked !== query || !lacks) return;
    const sample = { schema: data.schema, rows: data.data ?? [], file };
    change((before) => ({ source: { ...before.source, ...(before.source.declared ? {} : found(data.properties)), sample } }));
  }, [data, query, lacks]);
  return { ...preview, data: data ?? undefined, error, loading: preview.loading || query !== settled };
}

// A value that has not changed for a moment, so that typing does not ask for every letter.
function useSettled(value) {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), WAIT_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
