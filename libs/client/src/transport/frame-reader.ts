import { StringDecoder } from 'node:string_decoder';

const HASH = '#'.charCodeAt(0);
const ZERO = '0'.charCodeAt(0);
const NINE = '9'.charCodeAt(0);

/**
 * Cuts what arrives into Nest's frames, `<length>#<text>`. A length counts UTF-16 code units, though the text comes as
 * UTF-8. Throws at what is no frame; then the bytes that follow have no meaning either.
 */
export class FrameReader {
  private readonly decoder = new StringDecoder('utf8');
  /** Of the frame under way, once it is known. */
  private length: number | undefined;
  private text = '';

  /** `maxLength` of a frame, in UTF-16 code units. */
  constructor(private readonly maxLength: number) {}

  /** Calls `onFrame` with the text of each frame that `chunk` completes. */
  read(chunk: Buffer, onFrame: (text: string) => void): void {
    // Grows as a rope: nothing is copied before the frame is whole.
    this.text += this.decoder.write(chunk);
    let start = 0;
    for (;;) {
      if (this.length === undefined) {
        const end = this.readLength(start);
        if (end === undefined) break;
        start = end;
      }
      const end = start + (this.length ?? 0);
      if (end > this.text.length) break;
      this.length = undefined;
      onFrame(this.text.slice(start, end));
      start = end;
    }
    if (start > 0) this.text = this.text.slice(start);
  }

  /** Gives the place after the length that stands at `start`, undefined where more has to come. */
  private readLength(start: number): number | undefined {
    let length = 0;
    for (let i = start; i < this.text.length; i++) {
      const unit = this.text.charCodeAt(i);
      if (unit === HASH && i > start) {
        this.length = length;
        return i + 1;
      }
      const isDigit = unit >= ZERO && unit <= NINE;
      if (!isDigit || (unit === ZERO && i === start)) throw new Error('no length of a frame');
      length = length * 10 + (unit - ZERO);
      if (length > this.maxLength) throw new Error(`a frame of more than ${this.maxLength}`);
    }
    return undefined;
  }
}
