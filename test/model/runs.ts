export interface Run {
  name: string;
  model: string;
  defines: readonly string[];
  /** The assertion that must be violated; without one the model must hold. */
  expected?: string;
}

const LEASE = 'worker-lease.pml';
const DEADLINE = 'deadline.pml';
const WITNESS = 'witness.pml';
const UNIQUE = '!(((watching&&(watchedId==id))&&(watchedTime==t)))';
const EARLY = '!(taken)';
const ONCE = '!((watching&&(watchedId==start)))';
const NO_ALARM = '((0||(0>0))||(1>1))';

const mutant = (name: string, model: string, expected: string, ...defines: string[]): Run => ({
  name: `mutant ${name}`,
  model,
  expected,
  defines: [`MUTANT_${name}`, ...defines],
});
const reached = (name: string, model: string, expected: string, ...defines: string[]): Run => ({
  name: `reached: ${name}`,
  model,
  expected,
  defines,
});

// Two nodes are enough to break it, and that is soon found.
const leaseMutant = (name: string) => mutant(name, LEASE, UNIQUE, 'OWNERS=2');
const twice = (name: string) => mutant(name, WITNESS, ONCE, 'ANY_STORE=1', 'NODES=2', 'IDS=3');
const falseAlarm = (name: string) => mutant(name, WITNESS, NO_ALARM, 'NODES=2');
const happens = (number: number, name: string, ...defines: string[]) =>
  reached(name, WITNESS, `(${number}!=${number})`, `REACH=${number}`, 'NODES=2', ...defines);

export const runs: readonly Run[] = [
  { name: 'unique', model: LEASE, defines: [] },
  { name: 'witness: once', model: WITNESS, defines: ['ANY_STORE=1', 'IDS=4'] },
  { name: 'witness: no alarm', model: WITNESS, defines: ['ALLOCATIONS=5', 'IDS=5'] },
  {
    name: 'witness: old primary',
    model: WITNESS,
    defines: ['REWINDS=1', 'STORES=2', 'NODES=2', 'ALLOCATIONS=3'],
  },
  {
    name: 'witness: numbered claims',
    model: WITNESS,
    defines: ['NUMBERED', 'REWINDS=1', 'ALLOCATIONS=3', 'IDS=4'],
  },
  { name: 'early end', model: DEADLINE, defines: [] },
  leaseMutant('NO_RESERVATION'),
  leaseMutant('UNCONDITIONAL_WRITE'),
  leaseMutant('NO_VERSION_BUMP'),
  leaseMutant('CALL_OUTLIVES_TIMEOUT'),
  mutant('DEADLINE_FROM_REPLY', DEADLINE, EARLY),
  twice('NO_CLAIM'),
  twice('CLAIM_BELOW_MARK'),
  twice('HOLE_NEVER_TAKEN'),
  twice('RELEASE_BEFORE_GIVEN_UP'),
  twice('RELEASE_UNCLAIMED'),
  mutant('RETRIED_RELEASE', WITNESS, ONCE, 'REWINDS=1', 'NODES=2', 'IDS=3'),
  falseAlarm('PLAIN_HIGHEST'),
  falseAlarm('STORE_FIRST'),
  falseAlarm('LATE_REFUSAL'),
  falseAlarm('RETRIED_CLAIM'),
  falseAlarm('PUT_BACK_UNCLAIMED'),
  falseAlarm('PUT_BACK_UNCONFIRMED'),
  mutant('NO_EPOCH', WITNESS, '(from>=epoch)', 'STORES=2', 'NODES=2'),
  reached('a holder issues after the id was taken from it', LEASE, '1!=1', 'REACH=1', 'OWNERS=2'),
  reached('two nodes have an id each', LEASE, '2!=2', 'REACH=2', 'OWNERS=2'),
  reached('two nodes issue under one id', LEASE, '3!=3', 'REACH=3', 'OWNERS=2'),
  reached('a late write is carried out', LEASE, '4!=4', 'REACH=4', 'OWNERS=2'),
  reached('a released id is taken', LEASE, '5!=5', 'REACH=5', 'OWNERS=2'),
  reached('a lease is taken from a holder', DEADLINE, '(1==0)', 'REACH_TAKEN=1'),
  happens(1, 'a rewind is found', 'REWINDS=1'),
  happens(2, 'a returned tail is claimed again'),
  happens(3, 'a range in a skipped hole is claimed late'),
  happens(4, 'a range over a returned hole and the mark is claimed'),
  happens(5, 'a promoted replica that is behind is found', 'STORES=2'),
  happens(6, 'an old primary is found', 'STORES=2'),
];
