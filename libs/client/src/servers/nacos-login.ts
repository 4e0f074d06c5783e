import type { ClientClock } from '../clock.js';
import { parseJson } from '../parse-json.js';

export interface Credentials {
  username: string;
  password: string;
}

/** The part of a token's life after which another one is asked for. */
const USED_SHARE = 0.8;

/** Keeps the token that stands for the password, which costs Nacos a tenth of a second of work each time. */
export class NacosLogin {
  private token: string | undefined;
  private renewAtMs = 0;

  constructor(
    private readonly credentials: Credentials | undefined,
    private readonly clock: ClientClock,
  ) {}

  /**
   * Headers for a call. `ask` sends the credentials and resolves to the text of the answer, from any Nacos: those of one
   * cluster accept one another's tokens.
   */
  async headers(
    ask: (credentials: Credentials) => Promise<string>,
  ): Promise<Record<string, string>> {
    if (!this.credentials) return {};
    if (this.token === undefined || this.clock.monotonicMs() >= this.renewAtMs) {
      const beganMs = this.clock.monotonicMs();
      const answer = tokenOf(await ask(this.credentials));
      this.token = answer.accessToken;
      this.renewAtMs = beganMs + USED_SHARE * answer.tokenTtl * 1_000;
    }
    return { authorization: `Bearer ${this.token}` };
  }

  /** After a refusal: another token next time. */
  forget(): void {
    this.token = undefined;
  }
}

interface Token {
  accessToken: string;
  /** Seconds. */
  tokenTtl: number;
}

function tokenOf(text: string): Token {
  const token = parseJson(text) as Partial<Token> | null | undefined;
  if (typeof token?.accessToken === 'string' && typeof token.tokenTtl === 'number') {
    return { accessToken: token.accessToken, tokenTtl: token.tokenTtl };
  }
  throw new TypeError('the log-in gave no token');
}
