import { closestName } from './closest-name.js';
import { emptyTree, setAt, type Layer } from './layers.js';
import type { Setting } from './setting.js';

export type Env = Readonly<Record<string, string | undefined>>;

/** Names that the documentation of later versions knows, with the value that changes nothing, if there is one. */
const NOT_SUPPORTED: Readonly<Record<string, string | undefined>> = {
  IDUN_RESP_HOST: undefined,
  IDUN_RESP_PORT: 'off',
  IDUN_PROCESSES: '1',
  IDUN_COMPAT: undefined,
};
const TEST_PREFIX = 'IDUN_TEST_';

/** What Kubernetes puts into every pod beside a Service whose name starts with `idun`; nobody wrote it. */
const SERVICE_LINK = /^IDUN_(\w+_)?(SERVICE_(HOST|PORT)|PORT_\d+_(TCP|UDP|SCTP))(_\w+)?$/;
const SERVICE_LINK_URL = /^(tcp|udp|sctp):\/\/\S+:\d+$/;

/** The settings among the variables. Every other variable that starts with `IDUN_` is a problem. */
export function readEnvironment(env: Env, settings: readonly Setting[], problems: string[]): Layer {
  const tree = emptyTree();
  const byVariable = new Map(settings.map((setting) => [setting.env, setting]));
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith('IDUN_') || text === undefined) continue;
    const setting = byVariable.get(variable);
    if (setting) {
      setAt(tree, setting.key.split('.'), setting.fromText(text));
    } else {
      const problem = problemWith(variable, text, [...byVariable.keys()]);
      if (problem) problems.push(problem);
    }
  }
  return { name: 'the environment', tree };
}

function problemWith(variable: string, text: string, known: readonly string[]): string | undefined {
  if (variable.startsWith(TEST_PREFIX)) return undefined;
  if (Object.hasOwn(NOT_SUPPORTED, variable)) {
    const neutral = NOT_SUPPORTED[variable];
    if (text === neutral) return undefined;
    const allowed = neutral === undefined ? '' : `; only "${neutral}" is`;
    return `${variable} is not supported by this version${allowed}`;
  }
  if (SERVICE_LINK.test(variable)) return undefined;
  if (variable.endsWith('_PORT') && SERVICE_LINK_URL.test(text)) return undefined;
  const closest = closestName(variable, known);
  return `${variable} is not a known variable${closest ? `; did you mean ${closest}?` : ''}`;
}
