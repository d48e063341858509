// The rules of schedules, which the page checks while somebody chooses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWords, localText, paramsOf, secondsOf, upcoming, wrongOf } from '../../ui/lib/schedule.js';

const NOW_MS = 1_800_000_000_500;
const daily = { frequency: 'day', interval: 2, startTime: 1_800_003_600, backfill: false };

test('the documented minimums', () => {
  for (const [change, field] of [
    [{ frequency: 'minute', interval: 14 }, 'interval'],
    [{ frequency: 'hour', interval: 0 }, 'interval'],
    [{ interval: 1.5 }, 'interval'],
    [{ interval: null }, 'interval'],
    [{ startTime: 1_799_999_999 }, 'startTime'],
    [{ startTime: NaN }, 'startTime'],
  ]) assert.deepEqual(Object.keys(wrongOf({ ...daily, ...change }, NOW_MS)), [field], JSON.stringify(change));
  for (const change of [{}, { frequency: 'minute', interval: 15 }, { frequency: 'once', interval: null }, { startTime: null }]) assert.deepEqual(wrongOf({ ...daily, ...change }, NOW_MS), {});
});

test('what is sent: a single run has neither interval nor backfill, and no start in the past', () => {
  assert.deepEqual(paramsOf(daily, NOW_MS), { startTime: 1_800_003_600, frequency: 'day', interval: 2, backfill: false });
  assert.deepEqual(paramsOf({ ...daily, frequency: 'once', startTime: null }, NOW_MS), { startTime: 1_800_000_001, frequency: 'once' });
});

test('when runs are due', () => {
  assert.deepEqual(upcoming(daily, NOW_MS, 2), [1_800_003_600_000, 1_800_176_400_000]);
  assert.deepEqual(upcoming({ ...daily, frequency: 'once', startTime: null }, NOW_MS), [NOW_MS]);
  assert.equal(inWords(daily), 'Every 2 days');
  assert.equal(inWords({ frequency: 'week', interval: 1 }), 'Every week');
});

test('a time in a field of a form is of the zone of the person', () => {
  assert.equal(secondsOf(localText(1_800_003_600)), 1_800_003_600);
  assert.ok(Number.isNaN(secondsOf('')));
  assert.equal(localText(null), '');
});
