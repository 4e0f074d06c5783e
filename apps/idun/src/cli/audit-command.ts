import { Command } from 'commander';
import type { AuditLog, AuditRecord } from '#core';
import { iso } from './age.js';
import { table } from './table.js';
import type { Terminal } from './terminal.js';
import { withLeases } from './with-leases.js';
import { CALL_TIMEOUT_MS } from './with-store.js';

const LIMIT = 100;

export function auditCommand(terminal: Terminal): Command {
  return new Command('audit')
    .description(`what operators changed, the newest first, at most ${LIMIT}`)
    .option('--json', 'with what stood there before and after')
    .action(async ({ json }: { json?: true }) => {
      const records = await withLeases(({ records: workers }, store) =>
        newest(new Set([workers, store.workers])),
      );
      terminal.print(json ? JSON.stringify(records.map(shown)) : text(records, terminal.columns));
    });
}

/** What was done to worker ids is where they are kept, what was done to keys in the database. */
async function newest(logs: ReadonlySet<AuditLog>): Promise<AuditRecord[]> {
  const records = await Promise.all(
    [...logs].map((log) => log.auditRecords(LIMIT, CALL_TIMEOUT_MS)),
  );
  return records
    .flat()
    .toSorted((a, b) => b.atMs - a.atMs)
    .slice(0, LIMIT);
}

const shown = ({ atMs, ...entry }: AuditRecord) => ({ time: iso(atMs), ...entry });

function text(records: readonly AuditRecord[], maxWidth: number | undefined): string {
  if (records.length === 0) return 'Nothing was ever changed.';
  const columns = [
    { title: 'TIME' },
    { title: 'ACTION' },
    { title: 'SUBJECT' },
    { title: 'ACTOR' },
    { title: 'REASON', isFlexible: true },
  ];
  const rows = records.map(({ atMs, action, subject, actor, reason }) => [
    iso(atMs),
    action,
    subject,
    actor,
    reason ?? '-',
  ]);
  return table(columns, rows, maxWidth);
}
