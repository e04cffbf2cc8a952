// Loads a configuration: a file or a ready document in, a frozen configuration or all its mistakes out.
// The one place of the product that looks at the environment. Synchronous: it runs at start and when asked to reload.
import { dirname, resolve } from 'node:path';
import { buildConfig } from './build.ts';
import type { Config, ConfigMistake } from './config.ts';
import { listed, type Finding, type LineOf } from './mistakes.ts';
import { readConfigFile } from './read-file.ts';
import { documentSchema } from './schema.ts';
import { SecretFiles } from './secret-files.ts';
import { schemaContext, type Environment } from './secret-sources.ts';
import { warningsOf } from './warnings.ts';
import { contentHashOf } from './watch.ts';
import { readYaml } from './yaml-document.ts';

export interface LoadOptions {
  /** Default: the environment of the process. */
  readonly env?: Environment;
  /** Between two looks at the secret files, ms. */
  readonly secretIntervalMs?: number;
}

export interface DocumentOptions extends LoadOptions {
  /** Relative paths are relative to this directory. Default: the working directory. */
  readonly baseDir?: string;
}

export interface LoadedConfig {
  readonly ok: true;
  readonly config: Config;
  readonly warnings: readonly ConfigMistake[];
  /** Follows the secret files once started; close it when this configuration is replaced. */
  readonly secrets: SecretFiles;
}

export interface RefusedConfig {
  readonly ok: false;
  /** Never empty. */
  readonly mistakes: readonly ConfigMistake[];
}

export type DocumentResult = LoadedConfig | RefusedConfig;

/** `contentHash` is what `watchConfig` compares with. */
export type LoadResult = (LoadedConfig & { readonly contentHash: string }) | RefusedConfig;

/** Loads a YAML file. Never throws: whatever is wrong is in `mistakes`. */
export function loadConfig(file: string, options: LoadOptions = {}): LoadResult {
  const path = resolve(file);
  const reading = readConfigFile(path);
  if (!reading.ok) return refused(reading.problem);
  const text = reading.content.toString('utf8');
  if (text.trim() === '') return refused(`${path} is empty`);
  const yaml = readYaml(text);
  if (!yaml.ok) return { ok: false, mistakes: yaml.mistakes.map((mistake) => ({ path: '', ...mistake })) };
  if (yaml.value === null) return refused(`${path} holds only comments`);
  const result = load(yaml.value, { ...options, baseDir: dirname(path) }, yaml.lineOf, yaml.findings);
  return result.ok ? { ...result, contentHash: contentHashOf(reading.content) } : result;
}

/** Builds a configuration from a document that a program made. Never throws. */
export function configFromDocument(document: unknown, options: DocumentOptions = {}): DocumentResult {
  return load(document, options, () => undefined, []);
}

function load(
  document: unknown,
  { baseDir = '.', env = process.env, secretIntervalMs }: DocumentOptions,
  lineOf: LineOf,
  earlier: readonly Finding[],
): DocumentResult {
  const secrets = new SecretFiles(secretIntervalMs === undefined ? {} : { intervalMs: secretIntervalMs });
  const schema = documentSchema(schemaContext(baseDir, env, secrets));
  const built = buildConfig(document, schema);
  const findings = [...earlier, ...(built.ok ? [] : built.findings)];
  if (!built.ok || findings.length > 0) return { ok: false, mistakes: listed(findings, lineOf) };
  const { config } = built;
  return { ok: true, config, warnings: listed(warningsOf(config), lineOf), secrets };
}

function refused(message: string): RefusedConfig {
  return { ok: false, mistakes: [{ path: '', message }] };
}
