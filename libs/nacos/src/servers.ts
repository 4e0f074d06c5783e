const SERVER = /^[\w.-]+:(\d{1,5})$/;
const MAX_PORT = 65_535;

/** The servers of a list such as `h1:8848,h2:8848`; undefined for anything else. */
export function parseServers(text: string): string[] | undefined {
  const servers = text.split(',');
  const isServer = (server: string) => {
    const port = Number(SERVER.exec(server)?.[1]);
    return port >= 1 && port <= MAX_PORT;
  };
  return servers.every(isServer) ? servers : undefined;
}
