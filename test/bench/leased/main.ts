import { measureLeased, type LeasedJob } from './measure.js';

/** `node main.js JOB`, a {@link LeasedJob} as JSON, prints the result as JSON. */
const [job = '{}'] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await measureLeased(JSON.parse(job) as LeasedJob)));
