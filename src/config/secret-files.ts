// Secrets in files, followed while they change, so that rotating one needs no restart.
// An unreadable or empty file never takes a working secret away: the last good value stays and the trouble is told.
import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Secret } from './config.ts';
import { pollEvery, stampOf, type Polling } from './polling.ts';
import type { SecretReading } from './schema-secret.ts';
import { MaskedSecret } from './secret.ts';

const largestBytes = 64 * 1024;
const defaultIntervalMs = 3000;

/** Trouble with a secret's file; `message` holds nothing of its content. */
export interface SecretFileProblem {
  readonly file: string;
  readonly message: string;
}

interface FollowedFile {
  readonly secret: Secret;
  value: string;
  stamp: string;
  /** Whether the present trouble was told already. */
  told: boolean;
}

/** Owns the secret files of one configuration; closed when that configuration is replaced. */
export class SecretFiles {
  readonly #files = new Map<string, FollowedFile>();
  readonly #intervalMs: number;
  #polling: Polling | undefined;
  #onProblem: (problem: SecretFileProblem) => void = () => {};
  #closed = false;

  constructor({ intervalMs = defaultIntervalMs }: { readonly intervalMs?: number } = {}) {
    this.#intervalMs = intervalMs;
  }

  /**
   * Reads a file now and follows it once `start` was called.
   * @param file absolute path; the same file asked for twice gives the same secret
   */
  open(file: string): SecretReading {
    const known = this.#files.get(file);
    if (known !== undefined) return { ok: true, secret: known.secret };
    try {
      const stats = statSync(file, { bigint: true });
      const refusal = refusalOf(stats.isFile(), stats.size);
      if (refusal !== undefined) return { ok: false, problem: refusal };
      const value = trimmed(readFileSync(file, 'utf8'));
      if (value.trim() === '') return { ok: false, problem: 'is empty' };
      const secret = new MaskedSecret({ file }, () => followed.value);
      const followed: FollowedFile = { secret, value, stamp: stampOf(stats), told: false };
      this.#files.set(file, followed);
      return { ok: true, secret };
    } catch (error) {
      return { ok: false, problem: unreadable(error) };
    }
  }

  /** Begins to follow the files. `onProblem` is called once for each spell of trouble with a file. */
  start(onProblem: (problem: SecretFileProblem) => void): void {
    if (this.#closed || this.#polling !== undefined) return;
    this.#onProblem = onProblem;
    if (this.#files.size > 0) this.#polling = pollEvery(this.#intervalMs, () => this.poll());
  }

  /** Looks at every file once, now. Never rejects. */
  async poll(): Promise<void> {
    await Promise.all([...this.#files].map(([file, followed]) => this.#look(file, followed)));
  }

  /** Stops following; the secrets keep their last values. */
  close(): void {
    this.#closed = true;
    this.#polling?.close();
  }

  async #look(file: string, followed: FollowedFile): Promise<void> {
    try {
      const stats = await stat(file, { bigint: true });
      const stamp = stampOf(stats);
      if (stamp === followed.stamp && !followed.told) return;
      const refusal = refusalOf(stats.isFile(), stats.size);
      if (refusal !== undefined) return this.#tell(file, followed, refusal);
      const value = trimmed(await readFile(file, 'utf8'));
      if (this.#closed) return;
      if (value.trim() === '') return this.#tell(file, followed, 'is empty');
      followed.value = value;
      followed.stamp = stamp;
      followed.told = false;
    } catch (error) {
      this.#tell(file, followed, unreadable(error));
    }
  }

  #tell(file: string, followed: FollowedFile, problem: string): void {
    if (followed.told || this.#closed) return;
    followed.told = true;
    this.#onProblem({
      file,
      message: `the secret file ${file} ${problem}; its last good value stays in use`,
    });
  }
}

function trimmed(content: string): string {
  return content.replace(/[\r\n]+$/, '');
}

function refusalOf(isFile: boolean, size: bigint): string | undefined {
  if (!isFile) return 'is not a regular file';
  return size > largestBytes ? 'is larger than 64 KiB' : undefined;
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
}
