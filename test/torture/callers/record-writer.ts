import { closeSync, openSync, writeSync } from 'node:fs';

/** Where ids came from. All numbers are indices into the lists of `run.json`, but for the connection. */
export interface Origin {
  /** Of a caller: a new one after each loss. */
  connection: number;
  /** The node that a direct caller is bound to, from 1 on; 0 where the client chose. */
  node: number;
  /** Ids of one space must differ: one for each key, one for all snowflakes. */
  space: number;
  call: number;
}

/**
 * 32 bytes, little endian, in the order of receipt: u64 first id, u32 how many follow one another from there, u32 sequence,
 * f64 time of receipt in ms since 1970, u32 connection, u8 node, u8 space, u8 call, u8 process.
 */
const RECORD_BYTES = 32;
const BUFFERED_RECORDS = 4_096;

/** Writes down every id that this process received. */
export class RecordWriter {
  private readonly fd: number;
  private readonly buffer = Buffer.alloc(RECORD_BYTES * BUFFERED_RECORDS);
  private used = 0;
  private sequence = 0;

  constructor(
    file: string,
    private readonly process: number,
  ) {
    this.fd = openSync(file, 'w');
  }

  /** `count` ids from `first` on. */
  run(first: bigint, count: number, origin: Origin): void {
    const { buffer, used: at } = this;
    buffer.writeBigUInt64LE(first, at);
    buffer.writeUInt32LE(count, at + 8);
    buffer.writeUInt32LE(this.sequence++, at + 12);
    buffer.writeDoubleLE(Date.now(), at + 16);
    buffer.writeUInt32LE(origin.connection, at + 24);
    buffer.writeUInt8(origin.node, at + 28);
    buffer.writeUInt8(origin.space, at + 29);
    buffer.writeUInt8(origin.call, at + 30);
    buffer.writeUInt8(this.process, at + 31);
    this.used += RECORD_BYTES;
    if (this.used === buffer.length) this.flush();
  }

  /** Ids as they came over the wire, as few runs as possible. */
  ids(ids: readonly string[], origin: Origin): void {
    let first = BigInt(ids[0]!);
    let count = 0;
    for (const text of ids) {
      const id = BigInt(text);
      if (id !== first + BigInt(count)) {
        this.run(first, count, origin);
        first = id;
        count = 0;
      }
      count++;
    }
    this.run(first, count, origin);
  }

  flush(): void {
    for (let done = 0; done < this.used;) {
      done += writeSync(this.fd, this.buffer, done, this.used - done);
    }
    this.used = 0;
  }

  close(): void {
    this.flush();
    closeSync(this.fd);
  }
}
