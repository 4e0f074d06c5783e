import { measure, type Job } from './measure.js';

/** The load generator in a process of its own: jobs in, samples out, over the channel to the parent. */
process.on('message', (job: Job) => {
  measure(job).then(
    (sample) => process.send?.(sample),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
