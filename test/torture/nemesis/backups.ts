import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../../libs/testing/src/servers/index.js';
import type { Databases } from '../cluster/databases.js';
import type { Random } from '../../simulation/random.js';
import { restoreBackup, takeBackup, type SqlBackup } from './sql-backup.js';

const run = promisify(execFile);
const KEPT = 4;

/** What the database is rewound to: earlier moments of the run, as rows or as the server's files. */
export class Backups {
  private readonly sql: SqlBackup[] = [];
  private readonly folder = temporaryFolder('torture-backup');
  private hasFiles = false;

  constructor(
    private readonly databases: Databases,
    private readonly database: string,
    private readonly random: Random,
  ) {}

  async takeRows(): Promise<void> {
    this.sql.push(await takeBackup(this.databases.primary, this.database));
    if (this.sql.length > KEPT) this.sql.splice(this.random.whole(0, KEPT - 1), 1);
  }

  /** Puts back the rows of some earlier moment, where there is one. */
  drawRows(): (() => Promise<void>) | undefined {
    if (this.sql.length === 0) return undefined;
    const backup = this.random.pick(this.sql);
    return () => restoreBackup(this.databases.primary, this.database, backup);
  }

  get canRestoreFiles(): boolean {
    return this.hasFiles;
  }

  /** Of the primary, while it does not run. */
  async takeFiles(): Promise<void> {
    await this.copy(this.databases.primary.dataFolder, join(this.folder, 'data'));
    this.hasFiles = true;
  }

  /** The primary's, while it does not run. */
  async restoreFiles(): Promise<void> {
    await this.copy(join(this.folder, 'data'), this.databases.primary.dataFolder);
  }

  private async copy(from: string, to: string): Promise<void> {
    await rm(to, { recursive: true, force: true });
    await run('cp', ['-a', '--sparse=always', from, to]);
  }
}
