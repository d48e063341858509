// JSON Schemas of forms: first values, what is wrong with a value, names to show.
const PLAIN = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

export const isSecret = (schema) => schema.format === 'password' || schema.writeOnly === true;

// `serviceUrl` becomes `Service URL`.
export function titleOf(name, schema) {
  if (schema.title) return schema.title;
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ').toLowerCase();
  const text = words.replace(/\b(id|url|uri|s3|api|sas|ssh|arn)\b/g, (word) => word.toUpperCase());
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// The value that a form begins with: defaults and constants.
export function initial(schema) {
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (!schema.properties) return undefined;
  const pairs = Object.entries(schema.properties).map(([name, member]) => [name, initial(member)]);
  const found = pairs.filter(([, value]) => value !== undefined && !(PLAIN(value) && !Object.keys(value).length));
  return Object.fromEntries(found);
}

// Which branch of `oneOf` a value belongs to, or -1.
export function branchOf(schema, value) {
  if (value === undefined) return -1;
  const fits = (branch) => {
    if (branch.const !== undefined) return branch.const === value;
    if (!branch.properties) return Object.keys(validate(branch, value)).length === 0;
    const constants = Object.entries(branch.properties).filter(([, member]) => member.const !== undefined);
    return PLAIN(value) && constants.every(([name, member]) => value[name] === member.const);
  };
  return schema.oneOf.findIndex(fits);
}

// What is wrong, by the path of the field: {'auth.url': 'Needed.'}. The server checks again, and has the last word.
export function validate(schema, value, at = '', found = {}) {
  const say = (text) => { found[at] ??= text; };
  if (schema.const !== undefined && value !== undefined && value !== schema.const) say(`Must be ${schema.const}.`);
  if (value === undefined) return found;
  if (schema.enum && !schema.enum.includes(value)) say('Choose one of the list.');
  if (schema.oneOf?.length) {
    const branch = schema.oneOf[branchOf(schema, value)];
    if (branch) validate(branch, value, at, found);
    else say('Choose one of the list.');
  }
  if (typeof value === 'string') {
    if (value.length < (schema.minLength ?? 0)) say(`At least ${schema.minLength} characters.`);
    if (value.length > (schema.maxLength ?? Infinity)) say(`At most ${schema.maxLength} characters.`);
    if (schema.pattern && !matches(schema.pattern, value)) say(schema.patternMessage ?? `Must match ${schema.pattern}`);
    if (['uri', 'url'].includes(schema.format) && !URL.canParse(value)) say('An address such as https://storage.example.');
  }
  if (typeof value === 'number') {
    if (Number.isNaN(value)) say('A number.');
    if (value < (schema.minimum ?? -Infinity)) say(`At least ${schema.minimum}.`);
    if (value > (schema.maximum ?? Infinity)) say(`At most ${schema.maximum}.`);
    if (schema.type === 'integer' && !Number.isInteger(value)) say('A whole number.');
  }
  if (PLAIN(value)) {
    const path = (name) => (at ? `${at}.${name}` : name);
    for (const name of schema.required ?? []) if (value[name] === undefined || value[name] === '') found[path(name)] ??= 'Needed.';
    for (const [name, member] of Object.entries(schema.properties ?? {})) validate(member, value[name], path(name), found);
  }
  return found;
}

function matches(pattern, value) {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    // A pattern that only the server understands.
    return true;
  }
}
