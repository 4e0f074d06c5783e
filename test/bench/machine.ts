import { spawnSync } from 'node:child_process';
import { cpus, type } from 'node:os';
import type { Cores } from './cores.js';
import type { Machine } from './results.js';

export function describeMachine(root: string, cores: Cores): Machine {
  const all = cpus();
  const git = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' });
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    node: process.version,
    system: type(),
    pinning: cores.description,
    commit: git.status === 0 ? git.stdout.trim() : 'unknown',
  };
}
