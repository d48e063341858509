// When flows are due, and their schedules in words. Slots are computed as the server does: start + n * interval.
import { absolute } from './format.js';
import { inWords as howOften, SECONDS } from './schedule.js';

// {startMs, frequency, interval, backfill}: numbers may be written as text.
export function read(params) {
  if (!params?.frequency) return null;
  return {
    startMs: Number(params.startTime) * 1000,
    frequency: String(params.frequency).toLowerCase(),
    interval: Number(params.interval ?? 0),
    backfill: String(params.backfill ?? true) !== 'false',
  };
}

const periodOf = ({ frequency, interval }) => (SECONDS[frequency] ?? 0) * interval * 1000;

// The next time that a schedule is due after now (epoch milliseconds), or null.
export function next(params, now = Date.now()) {
  const schedule = read(params);
  if (!schedule || Number.isNaN(schedule.startMs)) return null;
  if (now < schedule.startMs) return schedule.startMs;
  const period = periodOf(schedule);
  return period > 0 ? schedule.startMs + (Math.floor((now - schedule.startMs) / period) + 1) * period : null;
}

// The last time that it was due, or null.
export function last(params, now = Date.now()) {
  const schedule = read(params);
  if (!schedule || !(schedule.startMs <= now)) return null;
  const period = periodOf(schedule);
  return period > 0 ? schedule.startMs + Math.floor((now - schedule.startMs) / period) * period : schedule.startMs;
}

export function inWords(params) {
  const schedule = read(params);
  if (!schedule) return 'No schedule';
  const begins = absolute(schedule.startMs);
  return `${howOften(schedule)}${schedule.frequency === 'once' ? `, at ${begins}` : `, since ${begins}`}`;
}

export function inShort(params) {
  const schedule = read(params);
  return schedule ? howOften(schedule).toLowerCase() : 'none';
}
