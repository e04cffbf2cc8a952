// Talks to the admin API beside this page. The token is kept for this tab only, and travels in a header, never in a URL.

const tokenKey = 'token-proxy-admin-token';

export function token() {
  return sessionStorage.getItem(tokenKey);
}

/** @param {string | undefined} value undefined forgets it */
export function keepToken(value) {
  if (value === undefined) sessionStorage.removeItem(tokenKey);
  else sessionStorage.setItem(tokenKey, value);
}

/**
 * @typedef {{ kind: 'ok', body: unknown }
 *   | { kind: 'refused', status: number, message: string }
 *   | { kind: 'unreachable' }} Answer
 */

/** What is under way of reading; an order of the operator does not queue behind it. @type {Set<AbortController>} */
const reading = new Set();

/** Gives up every question under way, so that the browser's few connections are free for an order. */
export function clearTheLine() {
  for (const controller of reading) controller.abort();
}

/** @param {AbortController} controller */
export function holdLine(controller) {
  reading.add(controller);
  return () => void reading.delete(controller);
}

/** @returns {Record<string, string>} */
export function authorization() {
  const given = token();
  return given === null ? {} : { Authorization: `Bearer ${given}` };
}

/**
 * @param {string} path below /api/
 * @param {number} [timeoutMs]
 * @returns {Promise<Answer>}
 */
export async function read(path, timeoutMs = 5000) {
  const controller = new AbortController();
  const letGo = holdLine(controller);
  try {
    return await ask(path, { signal: controller.signal }, controller, timeoutMs);
  } finally {
    letGo();
  }
}

/**
 * An order. It does not wait for anything else.
 * @param {'PUT' | 'POST'} method
 * @param {string} path below /api/
 * @param {object} body
 * @param {number} [timeoutMs]
 * @returns {Promise<Answer>}
 */
export function order(method, path, body, timeoutMs = 5000) {
  clearTheLine();
  const controller = new AbortController();
  const headers = { 'Content-Type': 'application/json' };
  return ask(path, { method, headers, body: JSON.stringify(body) }, controller, timeoutMs);
}

/**
 * @param {string} path
 * @param {{ method?: string, headers?: Record<string, string>, body?: string, signal?: AbortSignal }} init
 * @param {AbortController} controller
 * @param {number} timeoutMs
 * @returns {Promise<Answer>}
 */
async function ask(path, init, controller, timeoutMs) {
  const { headers = {}, ...rest } = init;
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  try {
    const response = await fetch(`../api/${path}`, {
      ...rest,
      signal: controller.signal,
      headers: { ...headers, ...authorization() },
      cache: 'no-store',
      redirect: 'error',
    });
    const body = /** @type {unknown} */ (await response.json().catch(() => undefined));
    if (response.ok && body !== undefined) return { kind: 'ok', body };
    const { error } = /** @type {{ error?: { message?: string } }} */ (body ?? {});
    const said = error?.message;
    const message = typeof said === 'string' ? said : `the server answered with HTTP ${response.status}`;
    return { kind: 'refused', status: response.status, message };
  } catch {
    return { kind: 'unreachable' };
  } finally {
    clearTimeout(timer);
  }
}
