import { describe, expect, it } from 'vitest';
import { durabilityWarnings } from './durability.js';

const settings = (variables: Record<string, string>, engine: string | undefined = 'InnoDB') => ({
  engine,
  variables: new Map(Object.entries(variables)),
});

const SAFE = {
  version: '8.0.33',
  read_only: 'OFF',
  innodb_flush_log_at_trx_commit: '1',
  log_bin: 'ON',
  sync_binlog: '1',
};

describe('durabilityWarnings', () => {
  it('has nothing to say about the defaults of MySQL 8, or about what it cannot see', () => {
    expect(durabilityWarnings(settings(SAFE))).toEqual([]);
    expect(durabilityWarnings(settings({}, undefined))).toEqual([]);
  });

  it.each([
    [{ ...SAFE, innodb_flush_log_at_trx_commit: '2' }, /innodb_flush_log_at_trx_commit is 2/],
    [{ ...SAFE, innodb_flush_log_at_trx_commit: '0' }, /innodb_flush_log_at_trx_commit is 0/],
    [{ ...SAFE, innodb_flush_log_at_trx_commit: '3' }, /innodb_flush_log_at_trx_commit is 3/],
    [{ ...SAFE, sync_binlog: '0' }, /sync_binlog is 0/],
    [{ ...SAFE, sync_binlog: '100' }, /sync_binlog is 100/],
    [{ ...SAFE, read_only: 'ON' }, /read_only is on/],
    [{ ...SAFE, rpl_semi_sync_source_enabled: 'OFF' }, /rpl_semi_sync_source_enabled is off/],
    [{ ...SAFE, rpl_semi_sync_master_enabled: 'OFF' }, /rpl_semi_sync_master_enabled is off/],
    [
      {
        ...SAFE,
        rpl_semi_sync_master_enabled: 'ON',
        rpl_semi_sync_master_wait_point: 'AFTER_COMMIT',
      },
      /wait_point is AFTER_COMMIT/,
    ],
  ])('names the setting of %j', (variables, sentence) => {
    expect(durabilityWarnings(settings(variables))).toEqual([expect.stringMatching(sentence)]);
  });

  it('names an engine that forgets', () => {
    expect(durabilityWarnings(settings(SAFE, 'MyISAM'))).toEqual([
      expect.stringMatching(/engine MyISAM/),
    ]);
  });

  it.each([
    { ...SAFE, version: '10.11.6-MariaDB', innodb_flush_log_at_trx_commit: '3' },
    { ...SAFE, log_bin: 'OFF', sync_binlog: '0', rpl_semi_sync_master_enabled: 'OFF' },
    { ...SAFE, rpl_semi_sync_source_enabled: 'ON', rpl_semi_sync_source_wait_point: 'AFTER_SYNC' },
  ])('is content with %j', (variables) => {
    expect(durabilityWarnings(settings(variables))).toEqual([]);
  });
});
