// Mistakes and warnings on their way to the operator: key paths as text, lines of the file, one bounded list.
// What is a mistake is decided elsewhere: the schema, the cross checks, the YAML reader.
import type { z } from 'zod';
import type { ConfigMistake } from './config.ts';

export type KeyPath = readonly (string | number)[];

/** A mistake whose path is still in parts. */
export interface Finding {
  readonly path: KeyPath;
  readonly message: string;
}

/** Gives the line of a key path, where there is a file behind the document. */
export type LineOf = (path: KeyPath) => number | undefined;

const mostShown = 100;
const longestKeyShown = 60;
const plainKey = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `accounts[0].keys[1].secret`; keys of unusual form in brackets and quotes. */
export function pathText(path: KeyPath): string {
  return path.map((key, position) => keyText(key, position === 0)).join('');
}

function keyText(key: string | number, first: boolean): string {
  if (typeof key === 'number') return `[${key}]`;
  const shown = key.length > longestKeyShown ? `${key.slice(0, longestKeyShown)}…` : key;
  if (!plainKey.test(shown)) return `[${JSON.stringify(shown)}]`;
  return first ? shown : `.${shown}`;
}

/** The findings of a zod error; several unknown keys of one section become one finding each. */
export function findingsOf(error: z.ZodError): Finding[] {
  return error.issues.flatMap((issue): Finding[] => {
    const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    // schema-section.ts writes one line for each unknown key, in the order of the keys.
    const messages = issue.message.split('\n');
    return issue.keys.map((key, index) => ({ path: [...path, key], message: messages[index] ?? '' }));
  });
}

/** One list for the operator, in the order of the file; what exceeds 100 entries is only counted. */
export function listed(findings: readonly Finding[], lineOf: LineOf): ConfigMistake[] {
  const mistakes = findings.slice(0, mostShown).map(({ path, message }): ConfigMistake => {
    const line = lineOf(path);
    return { path: pathText(path), message, ...(line === undefined ? {} : { line }) };
  });
  mistakes.sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
  const rest = findings.length - mistakes.length;
  if (rest > 0) mistakes.push({ path: '', message: `and ${rest} more` });
  return mistakes;
}

/** One line for a terminal or a log: `accounts[0].name (line 12): must be …`. */
export function mistakeText({ path, line, message }: ConfigMistake): string {
  const place = [path, line === undefined ? '' : `(line ${line})`].filter((part) => part !== '').join(' ');
  return place === '' ? message : `${place}: ${message}`;
}
