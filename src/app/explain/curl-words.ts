// Splits a pasted command into words as a POSIX shell does. Runs nothing and expands nothing.
import { parse, type ParseEntry } from 'shell-quote';

export type ShellWords =
  | {
      readonly ok: true;
      readonly words: readonly string[];
      /** What a shell would have done that cannot be done here, as sentences. */
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly problem: string };

// Quoted parts, the backslashes that continue a line, and a # within a word, which the parser takes for a comment.
// A quote that is never closed reaches to the end: tried anew from each quote, the time would grow with the square.
const special = /'[^']*(?:'|$)|"(?:\\[\s\S]|[^"\\])*(?:"|\\?$)|\\\r?\n|(?<=\S)#/g;
const continued = /\\\r?\n/g;

/** The words of the first command in a text. */
export function shellWords(text: string): ShellWords {
  const notes: string[] = [];
  const variables = new Set<string>();
  const prepared = text.trim().replace(special, (part) => {
    if (part === '#') return '\\#';
    return part.startsWith("'") ? part : part.replace(continued, '');
  });
  const entries = entriesOf(prepared, (name) => variables.add(name));
  if (entries === undefined) {
    return {
      ok: false,
      problem: 'a shell would refuse a ${ in this curl command: put its values in single quotes',
    };
  }
  const words: string[] = [];
  for (const entry of entries) {
    if (typeof entry === 'string') words.push(entry);
    else if ('comment' in entry) break;
    else if (entry.op === 'glob') words.push(entry.pattern);
    else {
      if (entry.op === '&') {
        notes.push(
          'an & outside quotes ends the command for a shell: what follows it is not sent; quote the URL',
        );
      }
      break;
    }
  }
  for (const name of variables) notes.push(`$${name} is taken as it stands: its value is not known here`);
  return { ok: true, words, notes };
}

function entriesOf(command: string, onVariable: (name: string) => void): readonly ParseEntry[] | undefined {
  try {
    return parse(command, (name) => {
      onVariable(name);
      return `$${name}`;
    });
  } catch {
    // The parser's message repeats what was pasted, token and all.
    return undefined;
  }
}
