// The building blocks of the schema: what a mistake sounds like, mappings with known keys, lists, and values that
// may be written in more than one form. Knows no key of the configuration.
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';

type ErrorOf = (issue: { readonly input?: unknown }) => string;

const longestQuoted = 60;

/** "must be <allowed>, not <what is there>"; shows the value that is there. For keys that never hold a secret. */
export function must(allowed: string): ErrorOf {
  return ({ input }) => sentence(allowed, input, quoted(input));
}

/** The same without showing the value, only its kind. */
export function mustUnseen(allowed: string): ErrorOf {
  return ({ input }) => sentence(allowed, input, kindOf(input));
}

function sentence(allowed: string, input: unknown, found: string): string {
  return input === undefined ? `is missing: must be ${allowed}` : `must be ${allowed}, not ${found}`;
}

function quoted(input: unknown): string {
  if (typeof input === 'number' || typeof input === 'boolean') return String(input);
  if (typeof input !== 'string') return kindOf(input);
  const shown = input.length > longestQuoted ? `${input.slice(0, longestQuoted)}…` : input;
  return JSON.stringify(shown);
}

/** What a value is, for a message that must not show it. */
export function kindOf(input: unknown): string {
  if (input === null) return 'an empty entry';
  if (Array.isArray(input)) return 'a list';
  const kinds: Record<string, string> = {
    string: 'this text',
    number: 'a number',
    boolean: 'true or false',
    object: 'a mapping',
  };
  return kinds[typeof input] ?? 'this';
}

/** "a, b or c" */
export function choiceText(choices: readonly (string | number)[]): string {
  const last = choices.at(-1) ?? '';
  return choices.length < 2 ? String(last) : `${choices.slice(0, -1).join(', ')} or ${last}`;
}

/** A mapping in which every key is known; absent keys get their defaults. */
export function section<Shape extends z.core.$ZodShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  const notAMapping = mustUnseen(`a mapping with the keys ${known.join(', ')}`);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? (issue.keys as readonly string[]).map((key) => unknownKeyText(key, known)).join('\n')
        : notAMapping(issue),
  });
}

function unknownKeyText(key: string, known: readonly string[]): string {
  const name = key.length <= longestQuoted ? nearestOf(key, known) : undefined;
  return name === undefined
    ? `is not a known key; known here: ${known.join(', ')}`
    : `is not a known key; did you mean \`${name}\`?`;
}

/** The known key that is a slip of the finger away: a third of its letters, at least two but never nearly all. */
function nearestOf(key: string, known: readonly string[]): string | undefined {
  const lower = known.map((name) => name.toLowerCase());
  const nearest = closest(key.toLowerCase(), lower);
  const most = Math.min(Math.max(2, Math.floor(nearest.length / 3)), Math.max(1, nearest.length - 2));
  return distance(key.toLowerCase(), nearest) <= most ? known[lower.indexOf(nearest)] : undefined;
}

/** A list of entries of one kind. */
export function list<Item extends z.ZodType>(item: Item, what: string): z.ZodArray<Item> {
  return z.array(item, { error: mustUnseen(`a list of ${what}`) });
}

/**
 * A value that may be written in several forms: the schema is picked by a look at what was written, so that
 * mistakes speak of the form that was meant and not of all of them.
 */
export function byForm<Value>(pick: (value: unknown) => z.ZodType<Value>) {
  return z.unknown().transform((value, context): Value => {
    const result = pick(value).safeParse(value);
    if (result.success) return result.data;
    for (const { path, message, ...issue } of result.error.issues) {
      context.issues.push(
        issue.code === 'unrecognized_keys'
          ? { code: issue.code, keys: issue.keys, path, message, input: undefined }
          : { code: 'custom', path, message, input: undefined },
      );
    }
    return z.NEVER;
  });
}
