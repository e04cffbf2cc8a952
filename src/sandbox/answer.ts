// An HTTP answer as a value, made before anything is sent, so that a fault can still spoil its delivery.
// Nothing here writes to a connection.
import { STATUS_CODES } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @param contentType as the emulated service writes it */
export function jsonAnswer(value: unknown, status = 200, contentType = 'application/json'): Answer {
  return { status, headers: { 'Content-Type': contentType }, body: JSON.stringify(value) };
}

/** A bare page, as servlet containers and load balancers write them. */
export function htmlAnswer(status: number, title: string): Answer {
  return {
    status,
    headers: { 'Content-Type': 'text/html;charset=utf-8' },
    body: `<!doctype html><html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`,
  };
}

/** `HTTP Status 404 – Not Found` and the like. */
export function containerPage(status: number): Answer {
  return htmlAnswer(status, `HTTP Status ${status} – ${STATUS_CODES[status] ?? 'Unknown'}`);
}
