// Runs in the page: the contrast of every visible text against what it stands on (WCAG 2.2, relative luminance).
// Its value is the list of texts below 4.5, as `text: 3.1`; text in disabled controls counts, too.
(() => {
  /** @param {string} text */
  const read = (text) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return { red, green, blue, alpha };
  };
  /** @param {number} value */
  const part = (value) => {
    const ratio = value / 255;
    return ratio <= 0.04045 ? ratio / 12.92 : ((ratio + 0.055) / 1.055) ** 2.4;
  };
  /** @param {ReturnType<typeof read>} colour */
  const luminance = ({ red, green, blue }) => 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
  /** @param {Element} start */
  const surfaceOf = (start) => {
    for (let each = /** @type {Element | null} */ (start); each !== null; each = each.parentElement) {
      const colour = read(getComputedStyle(each).backgroundColor);
      if (colour.alpha === 1) return colour;
    }
    return { red: 255, green: 255, blue: 255, alpha: 1 };
  };
  const low = /** @type {Set<string>} */ (new Set());
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, textContent } = walker.currentNode;
    const text = (textContent ?? '').trim();
    if (parentElement === null || text === '' || !parentElement.checkVisibility()) continue;
    if (parentElement.closest('.unseen, noscript, option') !== null) continue;
    const one = luminance(read(getComputedStyle(parentElement).color));
    const other = luminance(surfaceOf(parentElement));
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) low.add(`${text}: ${contrast.toFixed(2)}`);
  }
  return [...low];
})();
