import { StringDecoder } from 'node:string_decoder';

/** The peer does not speak the protocol: nothing after this can be trusted, the connection has to go. */
export class FrameError extends Error {}

const HASH = 35;
const ZERO = 48;
const NINE = 57;

/**
 * Takes Nest's JsonSocket framing apart: `<length>#<text>`, where the length counts UTF-16 code
 * units of the decoded text. Stricter than Nest about the length: plain decimal digits without a
 * leading zero, and refused as soon as it is over the limit, before anything is stored for it.
 *
 * Call `push` with each chunk, then `next` until it gives undefined.
 */
export class FrameReader {
  private readonly decoder = new StringDecoder('utf8');
  private text = '';
  private position = 0;
  /** Length of the frame under way; undefined while the length itself is being read. */
  private expected: number | undefined;
  private hasUndecodedBytes = false;
  private completedCount = 0;

  /** `maxFrameLength` in UTF-16 code units, without the length prefix. */
  constructor(private readonly maxFrameLength: number) {}

  /** How many frames were taken out so far; it tells two incomplete frames apart. */
  get completed(): number {
    return this.completedCount;
  }

  /** Whether there is more than complete frames; only of meaning once `next` gave undefined. */
  get hasIncompleteFrame(): boolean {
    return (
      this.position < this.text.length || this.expected !== undefined || this.hasUndecodedBytes
    );
  }

  push(chunk: Buffer): void {
    const decoded = this.decoder.write(chunk);
    this.hasUndecodedBytes = decoded.length === 0 && chunk.length > 0;
    // Appending only extends a rope, so that a large frame in small chunks costs no copying.
    this.text = (this.position === 0 ? this.text : this.text.slice(this.position)) + decoded;
    this.position = 0;
  }

  /** The text of the next complete frame. Throws `FrameError`. */
  next(): string | undefined {
    this.expected ??= this.readLength();
    if (this.expected === undefined) return undefined;
    const end = this.position + this.expected;
    if (end > this.text.length) return undefined;
    const frame = this.text.slice(this.position, end);
    this.position = end;
    this.expected = undefined;
    this.completedCount++;
    return frame;
  }

  private readLength(): number | undefined {
    let length = 0;
    for (let i = this.position; i < this.text.length; i++) {
      const unit = this.text.charCodeAt(i);
      if (unit === HASH && i > this.position) {
        this.position = i + 1;
        return length;
      }
      if (unit < ZERO || unit > NINE || (unit === ZERO && i === this.position)) {
        throw new FrameError('the length of a frame is not a decimal number');
      }
      length = length * 10 + (unit - ZERO);
      if (length > this.maxFrameLength) throw new FrameError('a frame is too long');
    }
    return undefined;
  }
}
