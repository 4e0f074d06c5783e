const SERVER = /^([\w.-]+)(?::(\d{1,5}))?$/;
const MAX_PORT = 65_535;

/**
 * What is wrong with a list of servers such as `h1:2181,h2:2181`, or undefined if it can be used. The client would
 * take much of what is refused here, and fail only when it connects.
 */
export function connectStringError(text: string): string | undefined {
  for (const server of text.split(',')) {
    const match = SERVER.exec(server);
    if (!match) return `'${server}' is no host:port; write h1:2181,h2:2181, without a path`;
    const port = Number(match[2] ?? 2181);
    if (port < 1 || port > MAX_PORT) return `'${server}' has no port between 1 and ${MAX_PORT}`;
  }
  return undefined;
}

/** Absolute, without a slash at its end, and not ZooKeeper's own. */
const ROOT = /^(?!\/zookeeper(?:\/|$))(?:\/[\w-][\w.-]*)+$/;

/** Whether a path can be the node under which a service keeps all that is its own. */
export function isRoot(path: string): boolean {
  return ROOT.test(path);
}
