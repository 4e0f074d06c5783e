import { beforeEach, describe, expect, it } from 'vitest';
import { MySqlHosts } from './mysql-hosts.js';

const [A, B, C] = ['a', 'b', 'c'].map((host) => ({ host, port: 3306 })) as [Host, Host, Host];
type Host = { host: string; port: number };

describe('MySqlHosts', () => {
  let nowMs = 0;
  let moves: string[] = [];
  let left: string[] = [];
  beforeEach(() => void ((nowMs = 1_000), (moves = []), (left = [])));

  function hostsOf(...all: Host[]): MySqlHosts {
    const hosts = new MySqlHosts(all, {
      nowMs: () => nowMs,
      onMove: (from, to, reason) => void moves.push(`${from.host}-${to.host} ${reason}`),
    });
    hosts.onLeave((host) => void left.push(host.host));
    return hosts;
  }

  it('begins with the first and moves on in order', () => {
    const hosts = hostsOf(A, B, C);
    expect(hosts.current()).toBe(A);
    hosts.passOver(A, 'dead');
    expect(hosts.current()).toBe(B);
    hosts.passOver(B, 'dead');
    expect(hosts.current()).toBe(C);
    expect(left).toEqual(['a', 'b']);
  });

  it('does not go back by itself, and once it must move on takes the first that is not banned', () => {
    const hosts = hostsOf(A, B, C);
    hosts.passOver(A, 'dead');
    nowMs += 1_000;
    expect(hosts.current()).toBe(B);
    hosts.passOver(B, 'dead');
    expect(hosts.current()).toBe(A);
  });

  it('with all banned takes the one whose ban ends first', () => {
    const hosts = hostsOf(A, B, C);
    hosts.passOver(A, 'old', 10_000);
    hosts.passOver(B, 'dead');
    nowMs += 10;
    hosts.passOver(C, 'dead');
    expect(hosts.current()).toBe(B);
    hosts.passOver(B, 'dead');
    expect(hosts.current()).toBe(C);
  });

  it('does not shorten a ban', () => {
    const hosts = hostsOf(A, B, C);
    hosts.passOver(A, 'old', 10_000);
    hosts.passOver(A, 'dead', 1);
    nowMs += 5_000;
    hosts.passOver(B, 'dead');
    expect(hosts.current()).toBe(C);
  });

  it('stays where it is when another server is passed over, and with a single one', () => {
    const hosts = hostsOf(A, B);
    hosts.passOver(B, 'dead');
    expect(hosts.current()).toBe(A);
    const single = hostsOf(A);
    single.passOver(A, 'dead', 10_000);
    expect(single.current()).toBe(A);
    expect(left).toEqual([]);
  });

  it('tells of a move once the new server is in use, with why the old one was left', () => {
    const hosts = hostsOf(A, B, C);
    hosts.settle(A);
    hosts.passOver(A, 'dead');
    hosts.passOver(B, 'it is read-only');
    hosts.settle(B);
    expect(moves).toEqual([]);
    hosts.settle(C);
    hosts.settle(C);
    expect(moves).toEqual(['a-c dead']);
  });

  describe('an attempt', () => {
    const failing = (tried: string[]) => async (host: Host) => {
      tried.push(host.host);
      await Promise.reject(new Error(`${host.host} failed.`));
    };

    it('tries each server once and names all that failed', async () => {
      const tried: string[] = [];
      const hosts = hostsOf(A, B, C);
      await expect(hosts.attempt(failing(tried))).rejects.toMatchObject({
        message: 'No server can be used: a:3306 (a failed), b:3306 (b failed), c:3306 (c failed).',
        cause: new Error('c failed.'),
      });
      expect(tried).toEqual(['a', 'b', 'c']);
    });

    it('comes to a server under a long ban only where the others fail', async () => {
      const tried: string[] = [];
      const hosts = hostsOf(A, B);
      hosts.passOver(A, 'old', 10_000);
      expect(await hosts.attempt(async (host) => Promise.resolve(host))).toBe(B);
      await expect(hosts.attempt(failing(tried))).rejects.toThrow('b:3306 (b failed), a:3306');
      expect(tried).toEqual(['b', 'a']);
    });

    it('ends with the first that works', async () => {
      const hosts = hostsOf(A, B, C);
      const work = async (host: Host) => (host === B ? 'b' : Promise.reject(new Error('no')));
      expect(await hosts.attempt(work)).toBe('b');
      expect(hosts.current()).toBe(B);
    });

    it('with a single server fails as that did', async () => {
      const hosts = hostsOf(A);
      const cause = new Error('refused');
      await expect(hosts.attempt(() => Promise.reject(cause))).rejects.toBe(cause);
    });
  });
});
