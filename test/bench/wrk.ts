// Load by wrk: as fast as the server answers, over a fixed number of connections. It is cheap enough to leave the other
// core to the server.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callHeaders } from './requests.ts';

export interface Loaded {
  readonly calls: number;
  /** Calls without an answer under HTTP 200. */
  readonly errors: number;
}

export function wrkIsInstalled(): boolean {
  return spawnSync('wrk', ['-v']).error === undefined;
}

/** Requests are built once, at the start, so that wrk itself does next to nothing for each. */
const script = `
local requests, count = {}, 0
function init(arguments)
  for body in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("POST", "/token/apply", HEADERS, body)
  end
end
function request()
  count = count % #requests + 1
  return requests[count]
end
function done(summary)
  local errors = summary.errors
  io.write(string.format('{"calls":%d,"errors":%d}\\n', summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
`;

/** Writes wrk's script into a directory. @returns its path */
export function writeWrkScript(directory: string): string {
  const file = join(directory, 'calls.lua');
  const headers = Object.entries(callHeaders).map(([name, value]) => `["${name}"] = "${value}"`);
  writeFileSync(file, script.replace('HEADERS', `{${headers.join(', ')}}`));
  return file;
}

export interface WrkOptions {
  readonly script: string;
  readonly port: number;
  /** Of bodies, one a line. */
  readonly calls: string;
  readonly seconds: number;
  readonly connections: number;
}

export async function wrk({ script, port, calls, seconds, connections }: WrkOptions): Promise<Loaded> {
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${Math.ceil(seconds)}s`,
    '-s',
    script,
    `http://127.0.0.1:${port}`,
    '--',
    calls,
  ];
  const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  const line = /^\{"calls".*$/m.exec(said)?.[0];
  if (code !== 0 || line === undefined) throw new Error(`wrk failed (${String(code)}):\n${said}`);
  return JSON.parse(line) as Loaded;
}
