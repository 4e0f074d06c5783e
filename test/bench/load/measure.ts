import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from '../scenarios.js';
import { cpuSecondsOf } from './cpu-time.js';
import { HttpLoad } from './http-load.js';
import type { Load } from './load.js';
import { Recorder } from './recorder.js';
import { TcpLoad } from './tcp-load.js';

/** What the load process is told to do; it answers with a {@link Sample} or `{ error }`. */
export interface Job {
  target: Target;
  port: number;
  serverPid: number;
  warmUpMs: number;
  measureMs: number;
}

/** One window of measurement. */
export interface Sample {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Of the server, a request; undefined where the system does not tell. */
  serverCpuUs: number | undefined;
  /** Share of one core that the server used: under 0.95 the load generator was what limited. */
  serverBusy: number | undefined;
  loadBusy: number;
}

export async function measure(job: Job): Promise<Sample> {
  const recorder = new Recorder();
  let load: Load | undefined;
  try {
    return await new Promise<Sample>((resolve, reject) => {
      load = loadFor(job, recorder, reject);
      load.start();
      observe(job, recorder).then(resolve, reject);
    });
  } finally {
    await load?.stop();
  }
}

function loadFor(job: Job, recorder: Recorder, onError: (error: Error) => void): Load {
  return job.target.protocol === 'http'
    ? new HttpLoad(job.target, job.port, recorder, onError)
    : new TcpLoad(job.target, job.port, recorder, onError);
}

async function observe(job: Job, recorder: Recorder): Promise<Sample> {
  await delay(job.warmUpMs);
  const serverBefore = cpuSecondsOf(job.serverPid);
  const ownBefore = process.cpuUsage();
  const beginMs = performance.now();
  recorder.start();
  await delay(job.measureMs);
  recorder.stop();
  const seconds = (performance.now() - beginMs) / 1_000;
  const own = process.cpuUsage(ownBefore);
  const serverAfter = cpuSecondsOf(job.serverPid);
  if (recorder.count === 0) throw new Error('not one request was answered');
  const serverCpu =
    serverBefore === undefined || serverAfter === undefined
      ? undefined
      : serverAfter - serverBefore;
  return {
    requestsPerSecond: recorder.count / seconds,
    p50Ms: recorder.percentile(0.5),
    p99Ms: recorder.percentile(0.99),
    serverCpuUs: serverCpu && (serverCpu * 1e6) / recorder.count,
    serverBusy: serverCpu && serverCpu / seconds,
    loadBusy: (own.user + own.system) / 1e6 / seconds,
  };
}
