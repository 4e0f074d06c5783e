import { setTimeout as delay } from 'node:timers/promises';
import type { Databases } from '../cluster/databases.js';
import type { Drawn, FaultKind, Scene } from './fault.js';

/** Until nodes have left a primary that says nothing. */
const LEAVING_MS = 3_000;

type Fault = Omit<Drawn, 'target' | 'takes'>;

/** What happens to the database. After each of them there is a primary, and a replica with all that it has. */
export const DATABASE_FAULTS: Readonly<Record<string, FaultKind>> = {
  'database pause': {
    weight: 4,
    draw: onDatabases((databases) => ({
      strike: async () => databases.primary.pause(),
      end: async () => databases.primary.resume(),
    })),
  },
  'database kill': {
    weight: 3,
    draw: onDatabases((databases, { backups }) => ({
      async strike() {
        await databases.primary.kill();
        await backups.takeFiles();
      },
      end: () => databases.primary.restart(),
      repair: () => databases.followAgain(),
    })),
  },
  'rewind of the rows': {
    weight: 3,
    draw: onDatabases((_, { backups }) => {
      const strike = backups.drawRows();
      return strike && { strike, end: async () => {} };
    }),
  },
  'rewind of the files': {
    weight: 1,
    draw: onDatabases((databases, { backups }) => {
      if (!backups.canRestoreFiles) return undefined;
      return {
        async strike() {
          await databases.primary.kill();
          await backups.restoreFiles();
        },
        end: () => databases.primary.restart(),
        repair: () => databases.rebuildReplica(),
      };
    }),
  },
  failover: {
    weight: 2,
    draw: onDatabases((databases) => ({
      strike: () => databases.primary.kill(),
      end: () => databases.promoteReplica(),
      repair: () => databases.rebuildReplica(),
    })),
  },
  'return of the old primary': {
    weight: 2,
    draw: onDatabases((databases) => ({
      strike: () => returnOfTheOld(databases),
      end: () => databases.replica.kill(),
      repair: () => databases.rebuildReplica(),
    })),
  },
};

/** It was cut off long enough to be replaced. Then it is there again, takes writes, and waits for nobody's acknowledgement. */
async function returnOfTheOld(databases: Databases): Promise<void> {
  const old = databases.primary;
  old.pause();
  await databases.promoteReplica();
  await delay(LEAVING_MS);
  old.resume();
  await old.query('SET GLOBAL rpl_semi_sync_source_enabled = 0');
}

function onDatabases(
  fault: (databases: Databases, scene: Scene) => Fault | undefined,
): FaultKind['draw'] {
  return (scene) => {
    const drawn = fault(scene.cluster.servers.databases, scene);
    return drawn && { target: 'primary', takes: ['database'], ...drawn };
  };
}
