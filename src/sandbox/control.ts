// The control routes under `/_sandbox/` that both emulated services share: what they saw, and how they shall fail.
// Only for people at a sandbox; it listens on loopback and asks nobody who they are.
import { jsonAnswer, type Answer } from './answer.ts';
import { readFaultRules } from './fault-rules.ts';
import type { FaultBook } from './faults.ts';

/** Every control route begins with this. */
export const controlPrefix = '/_sandbox/';

/** What a control route did, or what is wrong with what it was given. */
export type ControlResult = { readonly value: unknown } | { readonly mistake: string };

/** `GET /_sandbox/stats` and the like to what they do; `body` is the parsed JSON, absent without one. */
export type ControlRoutes = Readonly<Record<string, (body: unknown) => ControlResult>>;

/** Routes to see and set the faults of a service. */
export function faultRoutes(faults: FaultBook): ControlRoutes {
  const list = (): ControlResult => ({ value: { faults: faults.list(), injected: faults.injected } });
  return {
    [`GET ${controlPrefix}faults`]: list,
    [`PUT ${controlPrefix}faults`]: (body) => {
      const read = readFaultRules(body);
      if ('mistake' in read) return read;
      faults.set(...read.rules);
      return list();
    },
    [`DELETE ${controlPrefix}faults`]: () => {
      faults.clear();
      return list();
    },
  };
}

/** Routes to see and set what an emulator calls its limits. */
export function limitRoutes<Limits>(
  current: () => Limits,
  read: (body: unknown) => { readonly limits: Partial<Limits> } | { readonly mistake: string },
  set: (limits: Partial<Limits>) => void,
): ControlRoutes {
  return {
    [`GET ${controlPrefix}limits`]: () => ({ value: current() }),
    [`PUT ${controlPrefix}limits`]: (body) => {
      const result = read(body);
      if ('mistake' in result) return result;
      set(result.limits);
      return { value: current() };
    },
  };
}

/** Answers a control request: 200 with what the route says, 400 with `{error}` for nonsense, 404 with the routes. */
export function controlAnswer(routes: ControlRoutes, method: string, path: string, body: Buffer): Answer {
  const route = Object.hasOwn(routes, `${method} ${path}`) ? routes[`${method} ${path}`] : undefined;
  if (route === undefined) return jsonAnswer({ error: 'no such route', routes: Object.keys(routes) }, 404);
  const parsed = parse(body);
  if ('mistake' in parsed) return jsonAnswer({ error: parsed.mistake }, 400);
  const result = route(parsed.value);
  return 'mistake' in result ? jsonAnswer({ error: result.mistake }, 400) : jsonAnswer(result.value);
}

function parse(body: Buffer): ControlResult {
  if (body.length === 0) return { value: undefined };
  try {
    return { value: JSON.parse(body.toString()) as unknown };
  } catch {
    return { mistake: 'the body is not JSON' };
  }
}
