// Splits a pasted command into words as a POSIX shell does. Runs nothing and expands nothing.
import { parse } from 'shell-quote';

export interface ShellWords {
  readonly words: readonly string[];
  /** What a shell would have done that cannot be done here, as sentences. */
  readonly notes: readonly string[];
}

// Quoted parts, the backslashes that continue a line, and a # within a word, which the parser takes for a comment.
const special = /'[^']*'|"(?:\\[\s\S]|[^"\\])*"|\\\r?\n|(?<=\S)#/g;
const continued = /\\\r?\n/g;

/** The words of the first command in a text. */
export function shellWords(text: string): ShellWords {
  const notes: string[] = [];
  const variables = new Set<string>();
  const prepared = text.trim().replace(special, (part) => {
    if (part === '#') return '\\#';
    return part.startsWith("'") ? part : part.replace(continued, '');
  });
  const entries = parse(prepared, (name) => {
    variables.add(name);
    return `$${name}`;
  });
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
  return { words, notes };
}
