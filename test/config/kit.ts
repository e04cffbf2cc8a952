// What the tests of the configuration share: a small valid document, temporary files, results unwrapped.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  configFromDocument,
  loadConfig,
  type DocumentOptions,
  type DocumentResult,
  type LoadedConfig,
} from '../../src/config/load.ts';
import { mistakeText } from '../../src/config/mistakes.ts';

export const plantedSecret = 'planted-s3cret-0123456789';
export const env = { SHOP_SECRET: plantedSecret };

export type Document = Record<string, unknown>;

export function account(changes: Document = {}): Document {
  return { name: 'shop', keys: [{ accessKey: 'LTAI1', secret: { env: 'SHOP_SECRET' } }], ...changes };
}

/** A valid document without warnings, with changes at its top. */
export function document(changes: Document = {}): Document {
  return { accounts: [account()], store: { type: 'memory' }, ...changes };
}

export function loaded(result: DocumentResult): LoadedConfig {
  if (!result.ok) throw new Error(result.mistakes.map(mistakeText).join('\n'));
  return result;
}

export function configOf(value: unknown, options: DocumentOptions = { env }) {
  return loaded(configFromDocument(value, options)).config;
}

export function mistakesOf(value: unknown, options: DocumentOptions = { env }): string[] {
  const result = configFromDocument(value, options);
  return result.ok ? [] : result.mistakes.map(mistakeText);
}

export function warningsOf(value: unknown): string[] {
  return loaded(configFromDocument(value, { env })).warnings.map(mistakeText);
}

export interface Folder {
  readonly path: string;
  write(name: string, content: string | Buffer): string;
  remove(): void;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'token-proxy-config-'));
  return {
    path,
    write(name, content) {
      const file = join(path, name);
      writeFileSync(file, content);
      return file;
    },
    remove: () => rmSync(path, { recursive: true }),
  };
}

/** Loads YAML text from a file of its own. */
export function loadText(folder: Folder, text: string | Buffer) {
  return loadConfig(folder.write('proxy.yaml', text), { env });
}

/** One row of a table of mistakes: a document and every mistake in it, in order. */
export type MistakeCase = readonly [title: string, document: unknown, mistakes: readonly (string | RegExp)[]];

/** A test for each row. */
export function namesMistakes(cases: readonly MistakeCase[]): void {
  for (const [title, given, expected] of cases) {
    it(`names ${title}`, () => {
      const mistakes = mistakesOf(given);
      assert.equal(mistakes.length, expected.length, mistakes.join('\n'));
      expected.forEach((mistake, at) => {
        if (typeof mistake === 'string') assert.equal(mistakes[at], mistake);
        else assert.match(mistakes[at] ?? '', mistake);
      });
    });
  }
}
