// Schedules of dataflows: how often is allowed, and when runs are due.
//
//   schedule = {frequency: 'once'|'minute'|'hour'|'day'|'week', interval, startTime: seconds since 1970 or null for at once, backfill}

export const FREQUENCIES = [['once', 'Once'], ['minute', 'Minute'], ['hour', 'Hour'], ['day', 'Day'], ['week', 'Week']];
// The documented minimums.
export const LEAST = { minute: 15, hour: 1, day: 1, week: 1 };
export const SECONDS = { minute: 60, hour: 3600, day: 86_400, week: 604_800 };
// What the server takes for an interval.
const MOST = 1_000_000;

// What is wrong with a schedule: {interval, startTime}, or {}.
export function wrongOf({ frequency, interval, startTime }, nowMs) {
  const wrong = {};
  if (frequency !== 'once') {
    if (!Number.isInteger(interval)) wrong.interval = 'A whole number.';
    else if (interval < LEAST[frequency]) wrong.interval = `At least ${LEAST[frequency]}.`;
    else if (interval > MOST) wrong.interval = `At most ${MOST}.`;
  }
  if (Number.isNaN(startTime)) wrong.startTime = 'A day and a time.';
  else if (startTime !== null && startTime * 1000 < nowMs) wrong.startTime = 'This has passed; choose a later time, or start at once.';
  return wrong;
}

// The next runs, in milliseconds: the start and every interval after it.
export function upcoming({ frequency, interval, startTime }, nowMs, number = 3) {
  const first = startTime === null ? nowMs : startTime * 1000;
  if (frequency === 'once') return [first];
  return Array.from({ length: number }, (_, at) => first + at * interval * SECONDS[frequency] * 1000);
}

export function inWords({ frequency, interval }) {
  if (frequency === 'once') return 'Once';
  return interval === 1 ? `Every ${frequency}` : `Every ${interval} ${frequency}s`;
}

// As the server takes it: a single run has neither interval nor backfill.
export function paramsOf({ frequency, interval, startTime, backfill }, nowMs) {
  const start = { startTime: startTime ?? Math.ceil(nowMs / 1000), frequency };
  return frequency === 'once' ? start : { ...start, interval, backfill };
}

const pad = (number, width = 2) => String(number).padStart(width, '0');
// `2026-11-26T10:00` in the person's time zone, as a field of a form has it, and back.
export function localText(seconds) {
  if (seconds === null || Number.isNaN(seconds)) return '';
  const at = new Date(seconds * 1000);
  return `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}
export const secondsOf = (text) => (text ? Math.floor(new Date(text).getTime() / 1000) : NaN);

const LOCAL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const UTC = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
export const local = (ms) => LOCAL.format(ms);
export const utc = (ms) => `${UTC.format(ms)} UTC`;
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
