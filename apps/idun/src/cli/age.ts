const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** In the largest unit of which there are at least two, such as `90 s`, `3 min`, `47 h`, `12 d`. */
export function duration(ms: number): string {
  const unit = [
    { name: 'd', ms: DAY },
    { name: 'h', ms: HOUR },
    { name: 'min', ms: MINUTE },
  ].find((each) => ms >= 2 * each.ms);
  return unit ? `${Math.floor(ms / unit.ms)} ${unit.name}` : `${Math.floor(ms / SECOND)} s`;
}

/** ISO 8601. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** A moment as seen from `nowMs`: `3 s ago`, `now`, `in 9 s`. */
export function age(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs;
  if (Math.abs(ms) < SECOND) return 'now';
  return ms > 0 ? `${duration(ms)} ago` : `in ${duration(-ms)}`;
}
