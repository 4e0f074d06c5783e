import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import {
  databaseAt,
  startIdun,
  type Database,
  type IdunServer,
} from '../../libs/testing/src/servers/index.js';
import { given, httpLeases, untilReady } from './lease-clients.js';
import { backUp } from './rewind.fixture.js';

let mysql: Database;
let database: string;
const nodes: IdunServer[] = [];

beforeAll(async () => {
  mysql = databaseAt(inject('mysql'));
  database = await mysql.createDatabase();
});

afterAll(() => Promise.all(nodes.map((node) => node.stop())));

async function start(name: string): Promise<IdunServer> {
  const node = await startIdun({
    env: {
      IDUN_DATABASE_URLS: mysql.url(database),
      IDUN_SEGMENT_ADAPTIVE: 'false',
      IDUN_JOURNAL: 'true',
      IDUN_INSTANCE: name,
    },
  });
  nodes.push(node);
  await untilReady(node);
  return node;
}

interface Journal {
  ranges: { kind: string; start: string; end: string; holder: string; state: string }[];
  events: { kind: string; reason: string }[];
  answer: string;
}

async function journal({ httpUrl }: IdunServer, id: string): Promise<Journal> {
  return (await (await fetch(`${httpUrl}/api/keys/default/journal?id=${id}`)).json()) as Journal;
}

async function take({ httpUrl }: IdunServer, count: number): Promise<string[]> {
  const answer = await fetch(`${httpUrl}/api/segment/get/default?count=${count}`);
  return (await answer.json()) as string[];
}

it('tells to whom an id went, what became of the rest, and what a rewind has left unsure', async () => {
  const first = await start('alpha');
  await take(first, 10);
  const lease = given(await httpLeases(first.httpUrl).lease('default', 100));
  const ofSegment = await journal(first, '7');
  expect(ofSegment.ranges).toMatchObject([
    { kind: 'segment', start: '1', end: '1001', holder: 'alpha', state: 'open' },
  ]);
  expect(ofSegment.answer).toContain('alpha');
  const ofLease = await journal(first, lease.start);
  expect(ofLease.ranges).toMatchObject([{ kind: 'lease', leaseId: lease.leaseId, state: 'open' }]);
  expect((await journal(first, '5000000')).ranges).toEqual([]);

  first.signal('SIGTERM');
  await first.exited;
  const second = await start('beta');
  expect((await journal(second, '7')).ranges).toMatchObject([
    { holder: 'alpha', state: 'returned', returnedFrom: '11' },
  ]);
  // Came back, and is beta's now.
  expect(await take(second, 1)).toEqual(['11']);
  expect((await journal(second, '11')).ranges.map(({ holder }) => holder)).toEqual([
    'beta',
    'alpha',
  ]);

  const backup = await backUp(mysql, database);
  await take(second, 3_000);
  await backup.restore();
  await take(second, 3_000);
  // The store gave this range again, before anybody knew better: nobody was given an id of it this time.
  const again = await journal(second, '2500');
  expect(again.ranges[0]).toMatchObject({ holder: 'beta', state: 'superseded' });
  expect(again.answer).toContain('Who had it before is not recorded');
  const [heal] = await mysql.query(
    `SELECT start_id FROM idun_journal WHERE kind = 'rewind'`,
    database,
  );
  const passedOver = await journal(second, String(heal?.['start_id']));
  expect(passedOver.events).toMatchObject([{ kind: 'rewind' }]);
  expect(passedOver.answer).toContain('gone back in time');
});
