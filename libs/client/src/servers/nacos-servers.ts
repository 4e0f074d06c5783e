import type { NacosDiscoveryOptions } from '../client-options.js';
import { systemClock } from '../clock.js';
import { NacosApi } from './nacos-api.js';
import { NacosSource, type NacosPorts } from './nacos-source.js';
import type { ServerSource } from './server-source.port.js';

const ADDRESS = /^([\w.-]+|\[[\da-f:]+\]):\d{1,5}$/i;

/**
 * The nodes that Nacos lists as healthy and enabled, with a weight above 0. Lists are asked for when Nacos sends news of
 * a change, or every 300 ms where none arrive. While Nacos is away the last list stays; `KnownServers` says what
 * is believed after that. Failures are `DiscoveryError`s.
 * @throws TypeError for addresses that are none
 */
export function nacosServers(
  options: NacosDiscoveryOptions,
  transport: 'http' | 'tcp',
  ports: NacosPorts = { clock: systemClock, random: Math.random },
): ServerSource {
  const { service = 'idun' } = options;
  const name = transport === 'tcp' ? `${service}-rpc` : service;
  const addresses = addressesOf(options.servers);
  // Clients shall not all ask the same one.
  const first = Math.floor(ports.random() * addresses.length);
  const turned = [...addresses.slice(first), ...addresses.slice(0, first)];
  return new NacosSource(new NacosApi(turned, name, options, ports.clock), ports);
}

function addressesOf(servers: string): string[] {
  const addresses = servers.split(',').map((address) => address.trim());
  for (const address of addresses) {
    if (!ADDRESS.test(address) || !URL.canParse(`http://${address}`)) {
      throw new TypeError(`nacos.servers: "${address}" is not an address such as nacos1:8848`);
    }
  }
  return addresses;
}
