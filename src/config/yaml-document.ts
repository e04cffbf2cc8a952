// Reads YAML: plain values, the line of each key, and the mistakes of the notation itself.
// Messages are our own, never the parser's, because those quote the text, which may be a secret.
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type ErrorCode,
  visit,
  type Node,
  type YAMLError,
} from 'yaml';
import type { Finding, KeyPath, LineOf } from './mistakes.ts';
import { isTooDeep } from './nesting.ts';

export type YamlReading =
  | {
      readonly ok: true;
      readonly value: unknown;
      readonly lineOf: LineOf;
      readonly findings: readonly Finding[];
    }
  | {
      readonly ok: false;
      readonly mistakes: readonly { readonly message: string; readonly line?: number }[];
    };

type Trouble = Pick<YAMLError, 'code' | 'pos'>;

const mostAliases = 100;
const mostErrors = 20;

const messages: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: 'this alias names no anchor; a text that begins with `*` needs quotes',
  BAD_INDENT: 'the indentation does not fit, or a bracket or brace before is not closed',
  BAD_SCALAR_START: 'a text cannot begin with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a key with a value inside the value of another key on the same line; put it in quotes',
  BLOCK_IN_FLOW: 'an indented block cannot stand inside {…} or […]',
  BAD_DQ_ESCAPE: 'a `\\` in a text in double quotes begins no known escape; use single quotes',
  MISSING_CHAR: 'a closing quote, bracket, brace, comma or colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line, followed by a colon',
  MULTIPLE_DOCS: 'the file must hold one document: remove the `---` between two',
  NON_STRING_KEY: 'keys must be plain text',
  RESOURCE_EXHAUSTION: 'the document is nested too deeply',
  TAB_AS_INDENT: 'tabs cannot indent; use spaces',
  TAG_RESOLVE_FAILED: 'unknown tag; a text that begins with `!` needs quotes',
  UNEXPECTED_TOKEN: 'something unexpected; check the quotes, brackets and indentation here',
};

const unusable: YamlReading = {
  ok: false,
  mistakes: [{ message: 'is not usable: too many aliases or too deeply nested' }],
};

/** Reads one YAML document. Never throws. */
export function readYaml(text: string): YamlReading {
  if (isTooDeep(text)) return unusable;
  const lines = new LineCounter();
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: false,
    });
    const errors: readonly Trouble[] = [...document.errors, ...document.warnings, ...lostAliases(document)];
    if (errors.length > 0) {
      const mistakes = errors.slice(0, mostErrors).map(({ code, pos }) => ({
        message: `is not valid YAML: ${messages[code] ?? 'the notation is wrong here'}`,
        line: lineAt(pos[0]),
      }));
      return { ok: false, mistakes };
    }
    const value: unknown = document.toJS({ maxAliasCount: mostAliases });
    const lineOf: LineOf = (path) => lineIn(document, path, lineAt);
    return { ok: true, value, lineOf, findings: duplicates(document.contents, [], lineAt) };
  } catch {
    // The parser throws on alias bombs and where the nesting exhausts the stack.
    return unusable;
  }
}

/** Aliases before which no anchor of their name stands: the parser leaves them to the conversion, which throws. */
function lostAliases(document: Document): Trouble[] {
  const anchors = new Set<string>();
  const lost: Trouble[] = [];
  visit(document, {
    Value(_, { anchor }) {
      if (anchor !== undefined) anchors.add(anchor);
    },
    Alias(_, { source, range }) {
      const start = range?.[0] ?? 0;
      if (!anchors.has(source)) lost.push({ code: 'BAD_ALIAS', pos: [start, start] });
    },
  });
  return lost;
}

function lineIn(document: Document, path: KeyPath, lineAt: (offset: number) => number): number | undefined {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const key of path) {
    const container: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isMap(container)) {
      const pair = container.items.findLast((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(container) && typeof key === 'number' && key < container.items.length) {
      node = container.items[key];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset === undefined ? undefined : lineAt(offset);
}

function startOf(node: unknown): number | undefined {
  return (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) && node.range
    ? node.range[0]
    : undefined;
}

function duplicates(node: Node | null, path: KeyPath, lineAt: (offset: number) => number): Finding[] {
  if (isSeq<Node>(node)) return node.items.flatMap((item, at) => duplicates(item, [...path, at], lineAt));
  if (!isMap<Node, Node | null>(node)) return [];
  const seen = new Map<unknown, number>();
  return node.items.flatMap(({ key, value }): Finding[] => {
    if (!isScalar(key)) return [];
    const at = [...path, String(key.value)];
    const line = lineAt(key.range?.[0] ?? 0);
    const first = seen.get(key.value);
    seen.set(key.value, first ?? line);
    const within = duplicates(value, at, lineAt);
    return first === undefined
      ? within
      : [{ path: at, message: `is written twice in one mapping, first in line ${first}` }, ...within];
  });
}
