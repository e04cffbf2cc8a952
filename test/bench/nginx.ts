// nginx (Debian's nginx-light) as backends that cost next to nothing, and as what some would use instead of the proxy.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fixedPort } from '../kit/ports.ts';
import { adopted } from './processes.ts';

export interface Nginx {
  readonly child: ChildProcess;
  readonly port: number;
  /** Of the one worker, which does all the work. */
  readonly pid: number;
}

export function nginxIsInstalled(): boolean {
  return spawnSync('nginx', ['-v']).status === 0;
}

/** @param server what stands in the `http` block; `PORT` becomes the port that it gets */
export async function startNginx(directory: string, name: string, server: string): Promise<Nginx> {
  const prefix = join(directory, name);
  mkdirSync(prefix);
  const port = await fixedPort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(prefix, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${prefix}/pid; error_log ${prefix}/error.log;
events { worker_connections 4096; }
http {
  access_log off; keepalive_timeout 65s; keepalive_requests 1000000000; default_type application/json;
  ${temporary.map((kind) => `${kind}_temp_path ${prefix}/${kind};`).join(' ')}
  ${server.replaceAll('PORT', String(port))}
}`,
  );
  const child = adopted(
    spawn('nginx', ['-p', prefix, '-c', join(prefix, 'nginx.conf')], { stdio: 'ignore' }),
    'SIGTERM',
  );
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(readFileSync(join(prefix, 'error.log'), 'utf8'));
    await pause(20);
  }
  const workers = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1');
  return { child, port, pid: Number.parseInt(workers, 10) };
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );

// A new token for every request, as long as real ones are.
const token = 'LzMT+XLFl5s/YWJ/MlDz4t/$request_id$request_id==';

/** The old service's answer, whatever is asked. */
export const oldServiceServer = `server { listen 127.0.0.1:PORT; location / {
  return 200 '{"success":true,"message":"operate success","code":200,"tokenData":"${token}"}'; } }`;

/** The gateway's answer to ApplyToken. */
export const gatewayServer = `map $request_id $uuid {
  "~^(?<a>.{8})(?<b>.{4})(?<c>.{4})(?<d>.{4})(?<e>.{12})" "$a-$b-$c-$d-$e"; }
server { listen 127.0.0.1:PORT; location / {
  return 200 '{"RequestId":"$uuid","Token":"${token}"}'; } }`;

/** Sends a share of the requests to either of two backends, here the same one. It can verify and translate nothing. */
export function splitServer(oldServicePort: number): string {
  const upstream = (name: string) =>
    `upstream ${name} { server 127.0.0.1:${oldServicePort}; keepalive 256; keepalive_requests 1000000000; }`;
  return `${upstream('one')} ${upstream('other')}
  split_clients "$request_id" $backend { 50% one; * other; }
  server { listen 127.0.0.1:PORT; location / {
    proxy_pass http://$backend; proxy_http_version 1.1; proxy_set_header Connection ""; } }`;
}
