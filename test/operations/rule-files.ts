// The files for operators under config/, as these tests read them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Absolute path of a file under config/. */
export function configFile(path: string): string {
  return fileURLToPath(new URL(`../../config/${path}`, import.meta.url));
}

export const ruleFiles = ['prometheus/recording.yaml', 'prometheus/alerts.yaml'].map(configFile);

/** Every rule of both files, in order. */
export function readRules(): readonly Rule[] {
  return ruleFiles.flatMap((file) => {
    const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { rules: Rule[] }[] };
    return groups.flatMap(({ rules }) => rules);
  });
}
