import { readFileSync } from 'node:fs';

/** The unit of /proc/PID/stat on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Fields after the name, which stands in brackets and may contain anything. */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/** CPU time of a process with all its threads; undefined where there is no /proc. */
export function cpuSecondsOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) / TICKS_PER_SECOND;
}

/** CPU time that all processes together have used, and the kernel for them; undefined as above. */
export function cpuSecondsOfAll(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const [total = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1);
  // cpu  user nice system idle iowait irq softirq …
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = total
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
}
