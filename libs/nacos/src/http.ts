/**
 * How a call failed: `refused` for a user name, a password or a right that Nacos does not accept, `undone` for anything
 * else that was certainly not carried out, `unknown` where there was no answer.
 */
export type NacosOutcome = 'refused' | 'undone' | 'unknown';

export class NacosError extends Error {
  constructor(
    message: string,
    readonly outcome: NacosOutcome,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'NacosError';
  }
}

const LONGEST_QUOTE = 200;

/**
 * The text of an answer with status 200; `controller` ends it before its time. Messages leave out the query of `url`, which is long.
 * @throws NacosError
 */
export async function send(
  url: string,
  request: RequestInit,
  timeoutMs: number,
  controller = new AbortController(),
): Promise<string> {
  const { host, pathname } = new URL(url);
  const timer = setTimeout(
    () => controller.abort(new Error(`none within ${timeoutMs} ms`)),
    timeoutMs,
  );
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, { ...request, signal: controller.signal });
    text = await answer.text();
  } catch (cause) {
    const { message, outcome } = brokenConnection(cause);
    throw new NacosError(`No answer of ${host} to ${pathname}: ${message}`, outcome, { cause });
  } finally {
    clearTimeout(timer);
  }
  const { status } = answer;
  if (status === 200) return text;
  const quote = text.slice(0, LONGEST_QUOTE);
  const outcome = status === 401 || status === 403 ? 'refused' : 'undone';
  throw new NacosError(`${host} answered ${status} to ${pathname}: ${quote}`, outcome);
}

/** What is behind the "fetch failed" as which every broken connection is reported. */
function brokenConnection(error: unknown): { message: string; outcome: NacosOutcome } {
  if (!(error instanceof Error)) return { message: String(error), outcome: 'unknown' };
  const { cause } = error;
  if (!(cause instanceof Error)) return { message: error.message, outcome: 'unknown' };
  const wasSent = !('code' in cause && cause.code === 'ECONNREFUSED');
  return { message: cause.message, outcome: wasSent ? 'unknown' : 'undone' };
}
