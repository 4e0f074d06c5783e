import { Command } from 'commander';
import { workerReport, type WorkerReport, type WorkerReportEntry } from '../admin/worker-report.js';
import { age } from './age.js';
import { table, type Column } from './table.js';
import type { Terminal } from './terminal.js';
import { withLeases } from './with-leases.js';
import { CALL_TIMEOUT_MS } from './with-store.js';

export function workerListCommand(terminal: Terminal): Command {
  return new Command('list')
    .description('who holds which worker id, since when and until when reserved')
    .option('--json', 'as GET /api/workers gives it')
    .action(async ({ json }: { json?: true }) => {
      const { storeMs, report } = await withLeases(async ({ records, terms }) => {
        const list = await records.list(CALL_TIMEOUT_MS);
        return { storeMs: list.storeMs, report: workerReport(list, terms) };
      });
      terminal.print(json ? JSON.stringify(report) : text(report, storeMs, terminal.columns));
    });
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', isRight: true },
  { title: 'STATE' },
  { title: 'INSTANCE', isFlexible: true },
  { title: 'SINCE' },
  { title: 'HEARTBEAT' },
  { title: 'RESERVED' },
  { title: 'LAST ID' },
];

/** For people. Ages are by the store's clock. */
export function text(report: WorkerReport, storeMs: number, maxWidth: number | undefined): string {
  const { firstWorkerId, lastWorkerId, held, free, recyclable, workers } = report;
  const counts = `Worker ids ${firstWorkerId} to ${lastWorkerId}: ${held} held, ${free} free, ${recyclable} recyclable.`;
  if (workers.length === 0) return `${counts}\nNone was ever registered.`;
  const hasZones = workers.some(({ zone }) => zone !== undefined);
  const columns = hasZones ? [...COLUMNS, { title: 'ZONE' }] : COLUMNS;
  const rows = workers.map((worker) => {
    const cells = cellsOf(worker, storeMs);
    return hasZones ? [...cells, worker.zone ?? '-'] : cells;
  });
  return `${table(columns, rows, maxWidth)}\n\n${counts}`;
}

function cellsOf(worker: WorkerReportEntry, storeMs: number): string[] {
  const { workerId, state, instance, since, lastHeartbeat, reservedUntil, lastTimestamp } = worker;
  const ages = [since, lastHeartbeat, reservedUntil, lastTimestamp].map((time) =>
    time === null ? '-' : age(Date.parse(time), storeMs),
  );
  return [String(workerId), state, instance, ...ages];
}
