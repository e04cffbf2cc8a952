// MQTT topic filters: whether all that one filter can match is matched by another.
// Pure; levels are separated by `/`, `+` stands for one level, `#` for the rest and the level before it.

/**
 * Whether a permission for the filter `permitted` allows `requested`, which is a filter (to subscribe to) or a plain
 * topic (to publish to). Wildcards at the first level do not reach topics that begin with `$`, as MQTT has it.
 */
export function covers(permitted: string, requested: string): boolean {
  const wide = permitted.split('/');
  const narrow = requested.split('/');
  const first = wide[0];
  if (requested.startsWith('$') && (first === '+' || first === '#')) return false;
  for (const [index, level] of wide.entries()) {
    if (level === '#') return true;
    const wanted = narrow[index];
    // `a/#` matches `a` itself: a filter that ended is covered when only `#` is left over.
    if (wanted === undefined) return false;
    if (wanted === '#') return index === 0 && level === '+' && wide[1] === '#';
    if (level !== '+' && level !== wanted) return false;
    if (index + 1 === narrow.length && wide[index + 1] === '#' && wide.length === index + 2) return true;
  }
  return narrow.length === wide.length;
}
