import { isIPv6 } from 'node:net';
import type { ServerOptions } from '../client-options.js';
import { nameOf, type Server } from './server.js';
import type { ServerSource } from './server-source.port.js';

type Transport = 'http' | 'tcp';

const ADDRESS =
  /^(?:(?<scheme>[a-z][a-z\d+.-]*):\/\/)?(?<host>\[[\da-f:.%]+\]|[^\s:/?#@[\]]+)(?::(?<port>[^/?#]*))?(?<rest>(?!\/\/)[/?#].*)?$/i;

/**
 * Always the same servers: `host:port`, `http://host:port`, `tcp://host:port`, `[::1]:8080`, or objects. An IPv6 host
 * stands without brackets in a `Server`. Throws a `TypeError` that says what to do.
 */
export function staticServers(
  servers: readonly (string | ServerOptions)[],
  transport: Transport,
): ServerSource {
  const list = servers.map((entry) => checked(parse(entry, transport), entry));
  if (list.length === 0) {
    throw new TypeError('The list of servers is empty: name one, for example 127.0.0.1:8080.');
  }
  const names = list.map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new TypeError(`The server ${twice} is listed twice: name it once, with a weight.`);
  }
  if (list.every(({ weight }) => weight === 0)) {
    throw new TypeError('All servers have the weight 0, which takes no calls: give one another.');
  }
  return { watch: (onChange) => onChange(list), close: () => Promise.resolve() };
}

function parse(entry: string | ServerOptions, transport: Transport): Server {
  if (typeof entry !== 'string') return { ...entry, weight: entry.weight ?? 1 };
  const { scheme, host, port, rest } = ADDRESS.exec(entry)?.groups ?? {};
  if (host === undefined) {
    throw refusal(entry, 'write host:port, for example 127.0.0.1:8080 or [::1]:8080');
  }
  checkScheme(entry, scheme?.toLowerCase() ?? transport, transport);
  if (rest !== undefined && rest !== '/') {
    throw refusal(entry, 'leave out what follows the port, idun is served at the root');
  }
  if (port === undefined) throw refusal(entry, 'add a port, idun has no default one for clients');
  return { host, port: /^\d+$/.test(port) ? Number(port) : NaN, weight: 1 };
}

function checkScheme(entry: string, scheme: string, transport: Transport): void {
  if (scheme === 'https') {
    throw refusal(
      entry,
      'idun has no TLS, so use http:// and a proxy of your own where you need it',
    );
  }
  if (scheme !== transport) {
    throw refusal(entry, `the transport is ${transport}, so write ${transport}:// or no scheme`);
  }
}

function checked(server: Server, entry: string | ServerOptions): Server {
  const host = server.host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const { port, weight } = server;
  if (!/^[^\s:/?#@[\]]+$/.test(host) && !isIPv6(host))
    throw refusal(entry, 'the host is a name or an address');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw refusal(entry, 'the port is an integer from 1 to 65535');
  }
  if (!(weight >= 0 && weight < Infinity)) {
    throw refusal(entry, 'the weight is a number from 0 on');
  }
  return { ...server, host };
}

function refusal(entry: string | ServerOptions, advice: string): TypeError {
  const shown = typeof entry === 'string' ? entry : JSON.stringify(entry);
  return new TypeError(`The server ${shown} cannot be used: ${advice}.`);
}
