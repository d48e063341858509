// The rules of file patterns, which the page tries out while somebody types: the same cases as those of the server
// (crates/lakehead-connect/src/connectors/s3/glob.rs), and what is said of files that almost match.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderOf, fullPath, goesBelow, isPattern, judge, segmentMatches, selects } from '../../ui/lib/wildcard.js';

const folder = (path, recursive = false) => ({ path, type: 'folder', recursive });

test('patterns stay in their segment', () => {
  for (const [pattern, key, recursive, expected] of [
    ['in/*.csv', 'in/a.csv', false, true],
    ['in/*.csv', 'in/.csv', false, true],
    ['in/*.csv', 'in/b/a.csv', false, false],
    ['in/*.csv', 'in/b/c/a.csv', true, true],
    ['in/*.csv', 'out/b/a.csv', true, false],
    ['in/*.csv', 'in/a.csv.gz', false, false],
    ['*premium*.csv', 'x-premium-2.csv', false, true],
    ['*premium*.csv', 'premium.csv', false, true],
    ['*premium*.csv', 'premiu.csv', false, false],
    ['in/20??/*.csv', 'in/2024/a.csv', false, true],
    ['in/20??/*.csv', 'in/20245/a.csv', false, false],
    ['in/?.csv', 'in/\u{e4}.csv', false, true],
    ['in/?.csv', 'in/\u{1f600}.csv', false, true],
    ['in/?.csv', 'in/.csv', false, false],
    ['*', 'a', false, true],
    ['*', 'a/b', false, false],
    ['*', 'a/b', true, true],
    ['**.csv', 'a.csv', false, true],
    ['in/*', 'in/[x](y)', false, true],
  ]) assert.equal(selects(folder(`/acme/${pattern}`, recursive), `/acme/${key}`), expected, `${pattern} ${key} ${recursive}`);
  assert.equal(segmentMatches('a.c', 'abc'), false);
});

test('a hostile pattern is answered at once', () => {
  assert.equal(segmentMatches(`${'*a'.repeat(500)}b`, 'a'.repeat(1000)), false);
});

test('files and folders', () => {
  assert.ok(selects({ path: 'acme/a*.csv', type: 'file' }, '/acme/a*.csv'), 'the name of a file is no pattern');
  assert.ok(!selects({ path: '/acme/a*.csv', type: 'file' }, '/acme/ab.csv'));
  assert.ok(selects(folder('/acme/in'), '/acme/in/a'));
  assert.ok(!selects(folder('/acme/in'), '/acme/inside/a'));
  assert.ok(!selects(folder('/acme/in/'), '/acme/in/b/a'));
  assert.ok(selects(folder('/acme/in/', true), '/acme/in/b/a'));
  assert.ok(isPattern('a?') && !isPattern('a+'));
});

test('where to look for files', () => {
  assert.equal(folderOf(folder('/acme/in/*.csv')), '/acme/in/');
  assert.equal(folderOf(folder('acme/in/20*/a.csv')), '/acme/in/');
  assert.equal(folderOf(folder('/acme/in')), '/acme/in/');
  assert.equal(folderOf({ path: '/acme/in/a.csv', type: 'file' }), '/acme/in/');
  assert.equal(goesBelow(folder('/acme/20*/a.csv')), true);
  assert.equal(goesBelow(folder('/acme/a*.csv')), false);
  assert.equal(goesBelow(folder('/acme/', true)), true);
  assert.equal(goesBelow({ path: '/acme/a.csv', type: 'file', recursive: true }), false);
});

test('what almost matches says why', () => {
  for (const [selection, path, why] of [
    [folder('/acme/in/*.csv'), '/acme/in/b/a.csv', 'folder below'],
    [folder('/acme/in/'), '/acme/in/b/a.csv', 'folder below'],
    [folder('/acme/in/*.csv'), '/acme/in/A.CSV', 'capital and small'],
    [folder('/acme/in/*.csv'), '/acme/in/a.csv.gz', 'goes on with “.gz”'],
    [folder('/acme/in/*.csv'), '/acme/in/a.csv.tar.gz', 'goes on with “.tar.gz”'],
    [folder('/acme/in/*.csv'), '/acme/in/a.csv ', 'space'],
    [folder('/acme/in/orders*.csv'), '/acme/in/new-orders-1.csv', 'put * in front'],
    [folder('/acme/in/orders-?'), '/acme/in/orders-1-a', 'put * at the end'],
    [folder('/acme/in/o-?.csv'), '/acme/in/o-12.csv', '? stands for'],
    [{ path: '/acme/in/order.csv', type: 'file' }, '/acme/in/orders.csv', 'one character'],
  ]) assert.ok(judge(selection, { path })?.almost?.includes(why), `${selection.path} ${path}: ${JSON.stringify(judge(selection, { path }))}`);
  assert.equal(judge(folder('/acme/in/*.csv'), { path: '/acme/in/readme.txt' }), null);
  assert.equal(judge(folder('/acme/in/'), { path: '/acme/out/a.csv' }), null);
  assert.deepEqual(judge(folder('/acme/in/*.csv'), { path: '/acme/in/a.csv', canPreview: true }), { matches: true });
  assert.ok(judge(folder('/acme/in/*'), { path: '/acme/in/a', canPreview: false }).warning.includes('Rename'));
});

test('paths as people write them', () => {
  assert.equal(fullPath('acme/in/a.csv'), '/acme/in/a.csv');
  assert.equal(fullPath('a.csv', { bucketName: 'acme', folderPath: '/in/daily' }), '/acme/in/daily/a.csv');
  assert.equal(fullPath('/acme/other/', { bucketName: 'acme', folderPath: 'in' }), '/acme/other/');
  assert.equal(fullPath('', { bucketName: 'acme' }), '/acme/');
});
