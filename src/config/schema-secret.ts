// How secrets are written: `{env: NAME}`, `{file: PATH}` or the text itself. No message made here holds a value.
// Reading them is the business of the `SchemaContext` that the loader passes in.
import { z } from 'zod';
import type { Secret } from './config.ts';
import { kindOf } from './schema-section.ts';

/** How a secret is written down. */
export type SecretSource =
  | { readonly from: 'literal'; readonly value: string }
  | { readonly from: 'env'; readonly name: string }
  | { readonly from: 'file'; readonly path: string };

export type SecretReading =
  { readonly ok: true; readonly secret: Secret } | { readonly ok: false; readonly problem: string };

/** What the schema needs to know of the world. */
export interface SchemaContext {
  /** Gives the secret, or says what is wrong with its source in words that show nothing of it. */
  readonly openSecret: (source: SecretSource) => SecretReading;
  /** Makes a path absolute; relative ones are relative to the configuration file. */
  readonly resolvePath: (path: string) => string;
}

const allowed = '{env: NAME}, {file: PATH} or a text in quotes';
const environmentName = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/**
 * A secret.
 * @param judge says what is wrong with a value, without showing it; undefined where nothing is
 */
export function secretSchema(
  context: SchemaContext,
  judge: (value: string) => string | undefined = () => undefined,
) {
  return z.unknown().transform((written, refinement): Secret => {
    const refuse = (message: string): never => {
      refinement.addIssue({ code: 'custom', message, input: undefined });
      return z.NEVER;
    };
    const source = sourceOf(written);
    if (typeof source === 'string') return refuse(source);
    const opened = context.openSecret(source);
    if (!opened.ok) return refuse(opened.problem);
    const objection = judge(opened.secret.reveal());
    return objection === undefined ? opened.secret : refuse(objection);
  });
}

function sourceOf(written: unknown): SecretSource | string {
  if (written === undefined) return `is missing: must be ${allowed}`;
  if (typeof written === 'string') {
    return written.trim() === '' ? `must not be empty: ${allowed}` : { from: 'literal', value: written };
  }
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    return `must be ${allowed}, not ${kindOf(written)}`;
  }
  const entries = Object.entries(written);
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) return `must be ${allowed}: exactly one of them`;
  return namedSource(entry[0], entry[1]);
}

function namedSource(key: string, value: unknown): SecretSource | string {
  if (key === 'env') {
    return typeof value === 'string' && environmentName.test(value)
      ? { from: 'env', name: value }
      : 'must name an environment variable under `env`: letters, digits and `_`';
  }
  if (key === 'file') {
    return typeof value === 'string' && value.trim() !== ''
      ? { from: 'file', path: value }
      : 'must name a file under `file`';
  }
  return `must be ${allowed}; this mapping has another key`;
}
