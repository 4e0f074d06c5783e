import { createClient } from 'idun-client';

const server = process.argv[2] ?? '127.0.0.1:8080';
const idun = createClient({ servers: [server] });

try {
  // Ranges are leased from the server; ids of one range are issued in this process.
  const bigints = idun.segment('default');
  console.log('bigint:', await bigints.next());
  console.log('bigints:', await bigints.take(3));
  console.log('number:', await idun.segment('default', { as: 'number' }).next());
  console.log('string:', await idun.segment('default', { as: 'string' }).next());

  // A range to hand out by other means. What was not used goes back.
  const lease = await bigints.lease(100);
  console.log('lease:', lease.start, 'to', lease.end - 1n);
  await lease.giveBack(lease.start + 10n);

  const id = await idun.snowflake.next();
  console.log('snowflake:', id);
  console.log('decoded:', await idun.snowflake.decode(id));

  await idun.segment('nobody').next();
} catch (error) {
  console.log('refused:', error.code, error.message);
} finally {
  // Gives back what is left of the ranges.
  await idun.close();
}
