// Opens the secrets of a configuration: from the environment (once, at load), from a file (followed), or as written.
import { resolve } from 'node:path';
import type { SchemaContext, SecretReading } from './schema-secret.ts';
import type { SecretFiles } from './secret-files.ts';
import { MaskedSecret } from './secret.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the schema needs to know of the world.
 * @param baseDir directory that relative paths are relative to
 * @param files keeps the secrets that come from files
 */
export function schemaContext(baseDir: string, env: Environment, files: SecretFiles): SchemaContext {
  const resolvePath = (path: string): string => resolve(baseDir, path);
  return {
    resolvePath,
    openSecret(source) {
      switch (source.from) {
        case 'literal': {
          const { value } = source;
          return { ok: true, secret: new MaskedSecret('literal', () => value) };
        }
        case 'env': {
          const { name } = source;
          const value = Object.hasOwn(env, name) ? env[name] : undefined;
          if (value === undefined) return refused(`names the environment variable ${name}, which is not set`);
          if (value.trim() === '') return refused(`names the environment variable ${name}, which is empty`);
          return { ok: true, secret: new MaskedSecret({ env: name }, () => value) };
        }
        case 'file': {
          const file = resolvePath(source.path);
          const opened = files.open(file);
          return opened.ok ? opened : refused(`names the secret file ${file}, which ${opened.problem}`);
        }
      }
    },
  };
}

function refused(problem: string): SecretReading {
  return { ok: false, problem };
}
