// Refuses text nested so deeply that the YAML parser would exhaust the stack: from some 100,000 levels on, that
// ends the whole process and not only the parsing. Counts roughly: only nonsense comes near the bounds.

const blank = new Set([' ', '\t']);
const indicator = new Set(['-', '?', ':']);
const deepestBrackets = 100;
/** Block indicators (`- `, `? `, `: `) that one line may hold, colons in brackets aside; each may open a level. */
const mostIndicators = 2000;

/** Whether the text is nested too deeply to be parsed at all. Brackets in quotes and comments count too. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let indicators = 0;
  let before = '';
  for (const character of text) {
    if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
    else if (character === '\n' || character === '\r') indicators = 0;
    else if (blank.has(character) && indicator.has(before) && (depth === 0 || before !== ':'))
      indicators += 1;
    if (depth > deepestBrackets || indicators > mostIndicators) return true;
    before = character;
  }
  return false;
}
