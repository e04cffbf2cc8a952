// Elements from code. Text goes in as text only: whatever a client or a server sent is shown, never interpreted.

/** @typedef {Node | string | number | undefined | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string | number | boolean | undefined>>} attributes `true`: present without a value;
 *   `false` and undefined: absent
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...nodes(children));
  return element;
}

/**
 * A bar, as full as its value is of its maximum.
 * @param {{ value: number, max: number, [attribute: string]: string | number | boolean | undefined }} attributes
 */
export function meter(attributes) {
  const { value, max } = attributes;
  const element = h('meter', { min: 0, ...attributes });
  element.style.setProperty('--filled', `${max > 0 ? Math.min(100, (100 * value) / max) : 0}%`);
  return element;
}

/** @param {Child[]} children */
function nodes(children) {
  return children.flatMap((child) =>
    child === undefined || child === false ? [] : [child instanceof Node ? child : String(child)],
  );
}

/**
 * The element of the page with this id.
 * @template {Element} [Kind=HTMLElement]
 * @param {string} id
 * @param {new () => Kind} [kind]
 * @returns {Kind}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (element === null || (kind !== undefined && !(element instanceof kind))) throw new Error(`no #${id}`);
  return /** @type {Kind} */ (/** @type {unknown} */ (element));
}

/** @type {WeakMap<Element, string>} */
const shown = new WeakMap();

/**
 * Fills an element anew when what it shows has changed, and leaves it alone otherwise: focus, selection and what is
 * opened stay.
 * @param {Element} element
 * @param {unknown} value what is shown, as data
 * @param {() => Child[]} make
 */
export function show(element, value, make) {
  const key = JSON.stringify([value]);
  if (shown.get(element) === key) return;
  shown.set(element, key);
  element.replaceChildren(...nodes(make()));
}

/**
 * Sets a text only when it differs, so that screen readers are not told the same twice.
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
