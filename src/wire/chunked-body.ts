// A body that comes in chunks, put together (RFC 9112 section 7.1). Pure. Extensions and trailer fields are read over.

/** `more`: it goes on; `whole`: it ended, with so many bytes left over; `invalid`: it is not chunked as it says. */
export type ChunkedProgress = 'more' | 'invalid' | { readonly leftOver: number };

const sizeLine = /^([0-9a-f]{1,8})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;
/** Of a line that is read over, and of the trailer as a whole. */
const longestLine = 16 * 1024;
const lineEnd = Buffer.from('\r\n');
const nothing = Buffer.alloc(0);

export class ChunkedBody {
  readonly #take: (bytes: Buffer) => void;
  #expects: 'size' | 'data' | 'data-end' | 'trailer' = 'size';
  /** Of the chunk that is read. */
  #left = 0;
  /** The beginning of a line whose end has not come yet. */
  #rest: Buffer = nothing;
  #trailerBytes = 0;

  /** @param take gets the body's bytes in their order; they are only lent */
  constructor(take: (bytes: Buffer) => void) {
    this.#take = take;
  }

  /** @param chunk is only lent: what is kept of it is copied */
  read(chunk: Buffer): ChunkedProgress {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at < bytes.length || this.#expects === 'data-end') {
      if (this.#expects === 'data') {
        const part = bytes.subarray(at, at + this.#left);
        this.#take(part);
        at += part.length;
        this.#left -= part.length;
        if (this.#left === 0) this.#expects = 'data-end';
        continue;
      }
      const end = bytes.indexOf(lineEnd, at);
      if (end < 0) break;
      const line = bytes.toString('latin1', at, end);
      at = end + 2;
      if (!this.#readLine(line)) return 'invalid';
      if (this.#expects === 'trailer' && line === '') return { leftOver: bytes.length - at };
    }
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : nothing;
    return this.#rest.length > longestLine || this.#startsWrong() ? 'invalid' : 'more';
  }

  /** @returns whether it is what must stand here */
  #readLine(line: string): boolean {
    if (this.#expects === 'size') {
      const size = sizeLine.exec(line)?.[1];
      if (size === undefined || line.length > longestLine) return false;
      this.#left = Number.parseInt(size, 16);
      this.#expects = this.#left === 0 ? 'trailer' : 'data';
      return true;
    }
    if (this.#expects === 'data-end') {
      this.#expects = 'size';
      return line === '';
    }
    this.#trailerBytes += line.length + 2;
    return this.#trailerBytes <= longestLine;
  }

  /** Whether what has come of a line can become none: nobody waits for its end then. */
  #startsWrong(): boolean {
    if (this.#expects === 'data-end') return this.#rest.length > 0 && this.#rest[0] !== 0x0d;
    return this.#expects === 'size' && this.#rest.includes(0x0a);
  }
}
