// Numbers of a text in the exposition format of Prometheus.
//
//   const all = parsed(text)                       Map of names to [{labels, value}]
//   sum(all, 'lakehead_runs_total', {outcome})     the sum over all that have these labels; undefined where there are none
//   quantile(all, 'name', 0.99, labels)            an upper bound from the buckets of a histogram, in its unit
const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([^ ]+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

export function parsed(text) {
  const all = new Map();
  for (const line of String(text ?? '').split('\n')) {
    const found = line.startsWith('#') ? null : LINE.exec(line);
    if (!found) continue;
    const labels = Object.fromEntries([...(found[2] ?? '').matchAll(LABEL)].map(([, name, value]) => [name, value.replace(/\\(.)/g, (whole, c) => (c === 'n' ? '\n' : c))]));
    const value = found[3] === '+Inf' ? Infinity : Number(found[3]);
    all.set(found[1], [...(all.get(found[1]) ?? []), { labels, value }]);
  }
  return all;
}

const having = (all, name, labels) => (all.get(name) ?? []).filter((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value));

export function sum(all, name, labels = {}) {
  if (!all.has(name)) return undefined;
  return having(all, name, labels).reduce((total, one) => total + one.value, 0);
}

export function quantile(all, name, part, labels = {}) {
  const buckets = new Map();
  for (const { labels: { le }, value } of having(all, `${name}_bucket`, labels)) {
    const end = le === '+Inf' ? Infinity : Number(le);
    buckets.set(end, (buckets.get(end) ?? 0) + value);
  }
  const ends = [...buckets.keys()].sort((a, b) => a - b);
  const total = buckets.get(Infinity);
  return total ? ends.find((end) => buckets.get(end) >= part * total) : undefined;
}
