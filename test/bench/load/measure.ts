import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from '../scenarios.js';
import { cpuSecondsOf, cpuSecondsOfAll } from './cpu-time.js';
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
  /** Share of one core that the server used: under 0.95 it had to wait, for requests or for the core. */
  serverBusy: number | undefined;
  /** Cores that other programs used meanwhile; undefined where the system does not tell. */
  othersBusy: number | undefined;
}

export async function measure(job: Job): Promise<Sample> {
  const recorder = new Recorder();
  const awake = stayAwake();
  let load: Load | undefined;
  try {
    return await new Promise<Sample>((resolve, reject) => {
      load = loadFor(job, recorder, reject);
      load.start();
      observe(job, recorder).then(resolve, reject);
    });
  } finally {
    awake.stop();
    await load?.stop();
  }
}

/**
 * Keeps this process from sleeping while it waits for answers. The kernel bills waking a sleeper to
 * whoever writes to it, and on a virtual machine that costs more than a whole request: the less a
 * server gave the load generator to do, the more it would pay for each answer.
 */
function stayAwake(): { stop(): void } {
  let isOn = true;
  const spin = () => {
    if (isOn) setImmediate(spin);
  };
  spin();
  return { stop: () => void (isOn = false) };
}

function loadFor(job: Job, recorder: Recorder, onError: (error: Error) => void): Load {
  return job.target.protocol === 'http'
    ? new HttpLoad(job.target, job.port, recorder, onError)
    : new TcpLoad(job.target, job.port, recorder, onError);
}

async function observe(job: Job, recorder: Recorder): Promise<Sample> {
  await delay(job.warmUpMs);
  const before = readCpu(job.serverPid);
  const beginMs = performance.now();
  recorder.start();
  await delay(job.measureMs);
  recorder.stop();
  const seconds = (performance.now() - beginMs) / 1_000;
  const after = readCpu(job.serverPid);
  const { count } = recorder;
  if (count === 0) throw new Error('not one request was answered');
  const load = after.load - before.load;
  const server = difference(after.server, before.server);
  const all = difference(after.all, before.all);
  return {
    requestsPerSecond: count / seconds,
    p50Ms: recorder.percentile(0.5),
    p99Ms: recorder.percentile(0.99),
    serverCpuUs: server && (server * 1e6) / count,
    serverBusy: server && server / seconds,
    othersBusy: all && server && Math.max(0, all - server - load) / seconds,
  };
}

/** In seconds since the start of each. */
function readCpu(serverPid: number) {
  const { user, system } = process.cpuUsage();
  return {
    server: cpuSecondsOf(serverPid),
    load: (user + system) / 1e6,
    all: cpuSecondsOfAll(),
  };
}

function difference(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}
