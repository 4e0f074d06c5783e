import { parseJson } from '../parse-json.js';
import { nameOf, type Server } from './server.js';

interface Instance {
  ip: string;
  port: number;
  weight: number;
  healthy: boolean;
  enabled: boolean;
  metadata?: Record<string, string>;
}

/**
 * The instances of a list that may be called, ordered by name.
 * @throws TypeError for what is not such a list
 */
export function parseInstances(text: string): Server[] {
  const servers = instancesOf(text)
    .filter(({ healthy, enabled, weight }) => healthy && enabled && weight > 0)
    .map(({ ip, port, weight, metadata }): Server => {
      const zone = metadata?.['zone'];
      return { host: ip, port, weight, ...(zone && { zone }) };
    });
  // The same place in two clusters is one server.
  const named = new Map(servers.map((server) => [nameOf(server), server]));
  return sorted([...named.values()]);
}

/** By name, so that equal lists are equal texts. */
export function sorted(servers: readonly Server[]): Server[] {
  return servers.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function instancesOf(text: string): Instance[] {
  const list = parseJson(text) as { hosts?: unknown } | null | undefined;
  const hosts: unknown = list?.hosts;
  if (!Array.isArray(hosts) || !hosts.every(isInstance)) {
    throw new TypeError(`no list of instances: ${text.slice(0, 100)}`);
  }
  return hosts;
}

function isInstance(value: unknown): value is Instance {
  const { ip, port, weight } = (value ?? {}) as Partial<Instance>;
  return typeof ip === 'string' && typeof port === 'number' && typeof weight === 'number';
}
