// Paths of values: how mappings and expressions name what is inside of a row.
//
//   stepsOf(path)        'a.b\.c[0].d' or '${a b}.${c}[*]' to ['a', 'b.c', 0, 'd']; '*' stands for every item
//   namesOf(path)        the names of a path that has no indexes: brackets are as they are
//   sourceText(steps)    a path of a source, as a mapping takes it; targetText(steps): a path of a field
//   expressionText(steps, functions)   as an expression names it; a name must not be taken for one of the functions (a Set)
//   valueAt(row, path)   what is there in a row, or undefined

const RESERVED = new Set('new mod or break var lt for false while eq gt div not null continue else and ne true le if ge return _errors do function empty size'.split(' '));
// Names that only braces can hold.
const SPECIAL = /[()[\]{}"'\\]|^\s|\s$|^$/;

const plain = (name) => name.replace(/[\\.]/g, '\\$&');
const braced = (name) => `\${${name.replace(/[\\.}]/g, '\\$&')}}`;
const index = (step) => (typeof step === 'number' || step === '*' ? `[${step}]` : null);

function written(steps, nameText) {
  return steps.reduce((text, step) => {
    const at = index(step);
    return at ? text + at : `${text && `${text}.`}${nameText(step, !text)}`;
  }, '');
}

export const targetText = (steps) => written(steps, (name) => name);
export const sourceText = (steps) => written(steps, steps.some((step) => typeof step === 'string' && SPECIAL.test(step)) ? braced : plain);
export const expressionText = (steps, functions = new Set()) => written(steps, (name, first) => (/^[A-Za-z_$][\w$]*$/.test(name) && !RESERVED.has(name) && !(first && functions.has(name)) ? name : braced(name)));

export function stepsOf(path) {
  const steps = [];
  for (const [, at, inBraces, text] of path.matchAll(/\[(\d+|\*)\]|\$\{((?:\\.|[^}\\])*)\}|((?:\\.|[^.[\\])+)/gs)) {
    if (at !== undefined) steps.push(at === '*' ? at : Number(at));
    else if (inBraces !== undefined) steps.push(...namesOf(inBraces));
    else steps.push(text.replace(/\\(.)/gs, '$1'));
  }
  return steps;
}

export const namesOf = (path) => [...path.matchAll(/(?:\\.|[^.\\])+/gs)].map(([name]) => name.replace(/\\(.)/gs, '$1'));

export function valueAt(row, path) {
  // The columns of a table can be called as they like.
  if (row && Object.hasOwn(row, path)) return row[path];
  return at(row, stepsOf(path));
}

function at(value, [step, ...rest]) {
  if (step === undefined || value === null || value === undefined) return value;
  if (step === '*') return Array.isArray(value) ? value.map((item) => at(item, rest)) : undefined;
  if (typeof step === 'number') return Array.isArray(value) ? at(value[step], rest) : undefined;
  return typeof value === 'object' && Object.hasOwn(value, step) ? at(value[step], rest) : undefined;
}
