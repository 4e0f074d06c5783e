/** Whether a mode can give ids: `degraded` while it does so without its store, from what it has in memory. */
export type Readiness = { status: 'up' } | { status: 'degraded' | 'down'; reason: string };

export const UP: Readiness = { status: 'up' };
export const down = (reason: string): Readiness => ({ status: 'down', reason });
export const degraded = (reason: string): Readiness => ({ status: 'degraded', reason });
