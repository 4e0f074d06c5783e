import { hostname, userInfo } from 'node:os';

/** Who sits at this shell. */
export function shellActor(): string {
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user often has a number only.
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
