import { systemClock, type Clock } from '#core';
import { send } from './http.js';

/** Long: Nacos hashes passwords slowly on purpose. */
const LOGIN_MS = 3_000;
/** The part of a token's life after which another one is asked for. */
const USED_SHARE = 0.8;

interface Token {
  readonly value: string;
  readonly renewAtMs: number;
}

/**
 * A token in place of the password, which would cost the server a tenth of a second of work at every call, and would
 * stand in its access log.
 */
export class NacosLogin {
  private token: Token | undefined;
  private pending: Promise<Token> | undefined;
  private controller = new AbortController();

  constructor(
    private readonly username: string,
    private readonly password: string,
    private readonly clock: Pick<Clock, 'monotonicMs'> = systemClock,
  ) {}

  /**
   * The header for calls. Servers of one cluster accept one another's tokens, so any `origin` will do.
   * @throws NacosError for a login that was refused or had no answer
   */
  async header(origin: string): Promise<{ authorization: string }> {
    if (this.token === undefined || this.clock.monotonicMs() >= this.token.renewAtMs) {
      this.pending ??= this.logIn(origin).finally(() => (this.pending = undefined));
      this.token = await this.pending;
    }
    return { authorization: `Bearer ${this.token.value}` };
  }

  /** Asks for another token next time. */
  forget(): void {
    this.token = undefined;
  }

  close(): void {
    this.controller.abort(new Error('closed'));
  }

  private async logIn(origin: string): Promise<Token> {
    const { username, password } = this;
    const request = { method: 'POST', body: new URLSearchParams({ username, password }) };
    this.controller = new AbortController();
    const url = `${origin}/nacos/v1/auth/login`;
    const text = await send(url, request, LOGIN_MS, this.controller);
    const { accessToken, tokenTtl } = JSON.parse(text) as { accessToken: string; tokenTtl: number };
    const lifeMs = tokenTtl * 1_000;
    return { value: accessToken, renewAtMs: this.clock.monotonicMs() + USED_SHARE * lifeMs };
  }
}
