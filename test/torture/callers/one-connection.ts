import { Agent, get } from 'node:http';
import type { Socket } from 'node:net';

const ANSWER_MS = 3_000;

export interface Answer {
  status: number;
  body: string;
  /** A new number after each loss of the connection. */
  connection: number;
}

/** HTTP over one keep-alive connection to one server, one call after the other. Another one is opened only after a loss. */
export class OneConnection {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1, scheduling: 'fifo' });
  private readonly numbers = new WeakMap<Socket, number>();

  constructor(
    private readonly url: string,
    private readonly newNumber: () => number,
  ) {}

  /** Rejects where no whole answer came within 3 s. */
  get(path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let connection = 0;
      const request = get(`${this.url}${path}`, { agent: this.agent }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => void (body += text));
        response.on('error', reject);
        response.on('end', () => {
          clearTimeout(timer);
          if (response.complete) resolve({ status: response.statusCode ?? 0, body, connection });
          else reject(new Error('the answer was cut off'));
        });
      });
      const late = () => void request.destroy(new Error(`no answer within ${ANSWER_MS} ms`));
      const timer = setTimeout(late, ANSWER_MS);
      request.on('socket', (socket) => (connection = this.numberOf(socket)));
      request.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private numberOf(socket: Socket): number {
    const known = this.numbers.get(socket);
    if (known !== undefined) return known;
    const number = this.newNumber();
    this.numbers.set(socket, number);
    return number;
  }
}
