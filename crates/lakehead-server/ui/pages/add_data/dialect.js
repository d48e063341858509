// How files are read: what a source connection declares, and the same as the query of explore.

export const FORMATS = [['delimited', 'Delimited text'], ['json', 'JSON'], ['parquet', 'Parquet'], ['parquet_xdm', 'Parquet with the fields of a schema'], ['avro', 'Avro']];
export const DELIMITERS = [[',', 'Comma ,'], ['\\t', 'Tab'], [';', 'Semicolon ;'], ['|', 'Pipe |']];
export const QUOTES = [['"', 'Double quote "'], ["'", "Single quote '"], ['none', 'None: quotes are text']];
export const ESCAPES = [['', 'None'], ['\\', 'Backslash \\']];
export const ENCODINGS = ['UTF-8', 'ISO-8859-1', 'UTF-16'];
export const COMPRESSIONS = ['gzip', 'bzip2', 'deflate', 'zipDeflate', 'tar', 'tarGzip', 'zstd', 'xz', 'lz4', 'snappy', 'tarBzip2', 'tarZstd', 'tarXz'];

export const hasDialect = (format) => format === 'delimited';
export const hasCompression = (format) => !['parquet', 'parquet_xdm'].includes(format);

// What a new format begins with, and what of the options still means something for it.
export function optionsFor(format, options) {
  const kept = hasCompression(format) && options.compressionType ? { compressionType: options.compressionType } : {};
  if (!hasDialect(format)) return kept;
  return { columnDelimiter: ',', encoding: 'UTF-8', ...options, ...kept };
}

// One option set or, where it is empty, taken out.
export function withOption(options, name, value) {
  const next = { ...options, [name]: value };
  if (value === undefined || value === '' || (Array.isArray(value) && !value.length)) delete next[name];
  return next;
}

// The server takes as many, as long.
export const MOST_MARKERS = 20;
export const LONGEST_MARKER = 100;

export function queryOf({ declared, format, options = {} }, file) {
  const shared = { objectType: 'file', object: file, preview: true };
  if (!declared) return { ...shared, determineProperties: true };
  const { header, ...rest } = options;
  return { ...shared, fileType: format, ...rest, header: header === false ? 'false' : undefined };
}

// What was found out, as it is declared: {format, options}.
export function found(properties = {}) {
  const { fileType, ...options } = properties;
  return { format: fileType, options };
}

const WORDS = {
  columnDelimiter: (one) => `delimiter ${{ ',': 'comma', '\\t': 'tab', ';': 'semicolon', '|': 'pipe' }[one] ?? one}`,
  quote: (one) => (one === 'none' ? 'no quotes' : `quote ${one}`),
  escape: (one) => `escape ${one}`,
  encoding: (one) => one,
  compressionType: (one) => `compressed with ${one}`,
  nullMarker: (some) => `${[some].flat().join(' or ')} for null`,
  header: (one) => (String(one) === 'false' ? 'no header row' : 'a header row'),
};
export const optionsInWords = (options) => Object.entries(options ?? {}).map(([name, value]) => WORDS[name]?.(value) ?? `${name} ${value}`).join(', ') || 'what is usual';

// What to do about a preview that did not work, beyond what the server says.
export function adviceFor(error, source) {
  if (error.status === 0 || error.status >= 500 || error.status === 429) return '';
  if (/encrypted/.test(error.detail ?? '')) return 'Switch on “The files are encrypted” above, and choose an unencrypted sample with the same columns.';
  if (error.status === 401 || error.status === 403) return 'Ask for the right to read this source, or choose another account.';
  if (!source.declared) return 'It was not found out how this file is written. Choose its format above, or preview another file.';
  return 'Change the format or compression above, or press “Detect again”.';
}
