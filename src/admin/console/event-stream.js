// Server-sent events read through `fetch`: EventSource could send no token but in the URL.
import { authorization, holdLine } from './api.js';

/**
 * @param {(event: string, data: string) => void} onEvent
 * @returns {(text: string) => void} takes the text as it comes, cut anywhere
 */
export function eventParser(onEvent) {
  let rest = '';
  return (text) => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      let event = 'message';
      const data = [];
      for (const line of block.split('\n')) {
        if (line.startsWith('event: ')) event = line.slice(7);
        else if (line.startsWith('data: ')) data.push(line.slice(6));
      }
      if (data.length > 0) onEvent(event, data.join('\n'));
    }
  };
}

/** The server sends something at least every 10 s; silence means that nobody is there. */
const silenceMs = 25_000;

/**
 * Follows a stream until it ends, breaks or falls silent.
 * @param {string} path below /api/
 * @param {(event: string, data: string) => void} onEvent
 * @param {{ opened: () => void, signal: AbortSignal }} options
 * @returns {Promise<number | undefined>} the HTTP status, undefined where there was none
 */
export async function follow(path, onEvent, { opened, signal }) {
  const controller = new AbortController();
  const letGo = holdLine(controller);
  const abort = () => controller.abort();
  signal.addEventListener('abort', abort);
  let silence = setTimeout(abort, silenceMs);
  let status;
  try {
    const headers = authorization();
    const response = await fetch(`../api/${path}`, { headers, signal: controller.signal, cache: 'no-store' });
    status = response.status;
    if (!response.ok || response.body === null) return status;
    opened();
    const parse = eventParser(onEvent);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return status;
      clearTimeout(silence);
      silence = setTimeout(abort, silenceMs);
      parse(value);
    }
  } catch {
    return status;
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', abort);
    letGo();
  }
}
