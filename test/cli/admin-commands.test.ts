import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  house,
  readToken,
  rules,
  startedAtMs,
  tokens,
  writeToken,
  wrongToken,
  idleRollout,
  quietQuotas,
} from '../admin/kit.ts';
import type { House, HouseOptions } from '../admin/kit.ts';
import { folder, tokenProxy, type Ran } from './terminal.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function listening(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Running extends House {
  /** Runs a command against this admin API. */
  readonly run: (args: readonly string[], env?: Record<string, string>) => Promise<Ran>;
}

async function running(options: HouseOptions = {}): Promise<Running> {
  const rooms = house(options);
  const admin = await listening(rooms.app);
  return { ...rooms, run: (args, env = {}) => tokenProxy([...args, '--admin', admin], { env }) };
}

const changedAt = new Date(startedAtMs + 90_500).toISOString();

describe('token-proxy split', () => {
  it('prints the split as a table', async () => {
    const { run, dial } = await running();
    await dial.order({ kind: 'account', account: 'shop', gatewayPercent: 100 }, { by: 'x' });
    assert.deepEqual(await run(['split']), {
      code: 0,
      out: [
        'Apply calls to the gateway',
        `  weight    25 %     version 2, changed ${changedAt}`,
        '  observed  24.61 %  last 60 s, this replica',
        'Exceptions, the first that matches wins',
        '  account shop     100 %  set at run time',
        '  instance post-1  0 %    override of the file',
        '',
      ].join('\n'),
      err: '',
    });
  });

  it('says so when there were no calls, when all is forced back, and when there is no old service', async () => {
    const { run, dial } = await running({
      observedPercent: () => null,
      splitRules: () => ({ ...rules, overrides: [{ gatewayPercent: 1 }], hasOldService: false }),
    });
    await dial.order({ kind: 'all-back' }, { by: 'x' });
    const { out } = await run(['split']);
    assert.match(out, /observed +no calls/);
    assert.match(out, /every call +1 % +override/);
    assert.match(out, /Everything is forced back/);
    assert.match(out, /There is no old service/);
  });

  it('moves the weight and prints before and after', async () => {
    const { run, dial } = await running();
    const { code, out, err } = await run(['split', '--gateway', '30.5', '--reason', 'canary']);
    assert.deepEqual([code, out, err], [0, 'weight: 25 % → 30.5 %\n', '']);
    const [change] = await dial.history(1);
    assert.deepEqual([change?.to, change?.reason], [30.5, 'canary']);
  });

  it('says when nothing changed', async () => {
    const { run } = await running();
    assert.equal((await run(['split', '--gateway', '25'])).out, 'weight: 25 % → 25 % (nothing changed)\n');
  });

  it('moves one account, and gives it back', async () => {
    const { run, dial } = await running();
    const own = await run(['split', '--gateway', '100', '--account', 'shop']);
    assert.deepEqual([own.code, own.out], [0, 'account shop: as the rest → 100 %\n']);
    const back = await run(['split', '--account', 'shop', '--clear', '--reason', 'done']);
    assert.deepEqual([back.code, back.out], [0, 'account shop: 100 % → as the rest\n']);
    assert.equal((await dial.history(1))[0]?.reason, 'done');
  });

  it('sends everything back', async () => {
    const { run, dial } = await running();
    const { code, out } = await run(['split', '--all-back', '--reason', 'fire']);
    assert.equal(code, 0);
    assert.match(out, /^weight: 25 % → 0 %\nEverything is forced back to the old service/);
    assert.equal(dial.state().forced, true);
  });

  it('prints one line of JSON for machines, of the split and after an order', async () => {
    const { run } = await running();
    for (const args of [
      ['split', '--json'],
      ['split', '--json', '--gateway', '7'],
    ]) {
      const { code, out } = await run(args);
      assert.equal(code, 0);
      assert.equal(out.split('\n').length, 2);
      const split: unknown = JSON.parse(out);
      assert.ok(typeof split === 'object' && split !== null && 'observedPercent' in split);
    }
  });

  it('exits with 1 and the reason where an order is refused', async () => {
    const { run } = await running();
    const unknown = await run(['split', '--gateway', '5', '--account', 'shp']);
    assert.equal(unknown.code, 1);
    assert.match(
      unknown.err,
      /^error: the order was refused: account "shp" is not configured: there are shop, alone\n/,
    );
    const alone = await run(['split', '--gateway', '5', '--account', 'alone']);
    assert.equal(alone.code, 1);
    assert.match(alone.err, /^error: not possible: account "alone" has no old service/);
  });

  it('exits with 1 when the order cannot be kept', async () => {
    const { run, dial } = await running();
    dial.breakDown('planted');
    const { code, err } = await run(['split', '--gateway', '30']);
    assert.equal(code, 1);
    assert.match(err, /^error: not carried out: .*nothing has changed/);
  });

  it('goes back all the same while the store is down, and says what is not kept', async () => {
    const { run, dial } = await running();
    dial.breakDown('no space left');
    const { code, out } = await run(['split', '--all-back']);
    assert.equal(code, 0);
    assert.match(out, /^weight: 25 % → 0 %\nIn force, but not kept yet: no space left\n/);
    assert.match((await run(['status'])).out, /all forced back\n +not kept yet: no space left\n/);
  });

  const usage: readonly (readonly string[])[] = [
    ['--gateway', '101'],
    ['--gateway', '1.234'],
    ['--gateway', '-1'],
    ['--gateway', '5%'],
    ['--gateway', '1e1'],
    ['--gateway', ''],
    ['--gateway'],
    ['--account', 'shop'],
    ['--reason', 'why'],
    ['--clear'],
    ['--clear', '--account', 'shop', '--gateway', '5'],
    ['--all-back', '--gateway', '0'],
    ['--all-back', '--account', 'shop'],
    ['--all-back', '--clear'],
    ['--wonder'],
    ['more'],
    ['--admin', 'ftp://h'],
    ['--admin', 'http://user@h'],
    ['--admin', 'http://h/?a=b'],
    ['--admin', ''],
  ];
  for (const args of usage) {
    it(`exits with 2 for ${JSON.stringify(args)}, before it asks anybody`, async () => {
      const { code, out, err } = await tokenProxy(['split', ...args]);
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, /^error: /);
    });
  }
});

describe('token-proxy status', () => {
  it('prints a table', async () => {
    const { run } = await running();
    assert.deepEqual(await run(['status']), {
      code: 0,
      out: [
        '  version      1.2.3',
        `  up           1 min 30 s, since ${new Date(startedAtMs).toISOString()}`,
        '  ready        yes',
        '  old service  http://127.0.0.1:1',
        '  gateway      http://127.0.0.1:2',
        '  split        25 % to the gateway',
        '  observed     24.61 % (last 60 s, this replica)',
        '  store        lmdb, up (replica)',
        '  tokens       7 on record (replica)',
        '  rollout      idle: no rollout was started yet',
        "  quotas       this replica's own",
        '               apply: 31 of 270/s used of the address, 2 waiting',
        '  breakers     all closed',
        '',
      ].join('\n'),
      err: '',
    });
  });

  it('says what is wrong with the store, and that there is no old service', async () => {
    const { run, dial } = await running({
      status: () => ({
        version: '1.2.3',
        startedAtMs: startedAtMs + 90_000,
        ready: false,
        backends: { gateway: { url: 'http://127.0.0.1:2' } },
        store: {
          kind: 'redis',
          up: false,
          errors: 3,
          waiting: 2,
          givenUp: 1,
          problem: 'no connection\u001b[2J\u009b2J',
        },
        ledgerTokens: 0,
        quotas: {
          ...quietQuotas,
          mode: 'share',
          budgets: [
            { scope: 'account', account: 'calm', action: 'query', limit: 90, used: 1 },
            { scope: 'account', account: 'shop', action: 'apply', limit: 90, used: 88 },
          ],
        },
        breakers: [
          {
            backend: 'gateway',
            action: 'apply',
            destination: 'http://127.0.0.1:2',
            state: 'open',
            sinceMs: startedAtMs,
            why: 'faults in a row: 5',
          },
        ],
        rollout: idleRollout,
      }),
    });
    await dial.order({ kind: 'all-back' }, { by: 'x' });
    const { out } = await run(['status']);
    assert.match(out, /old service +none/);
    assert.match(out, /up +0 s, since/);
    assert.match(out, /ready +no/);
    assert.match(out, /all forced back/);
    assert.match(out, /as the shared store is gone\n +apply of shop: 88 of 90\/s used\n +query of calm/);
    assert.match(out, /gateway apply open \(http:\/\/127\.0\.0\.1:2, since .*\): faults in a row: 5/);
    assert.match(out, /DOWN: no connection\\u\{1b\}\[2J\\u\{9b\}2J \(fleet\)/);
  });

  it('prints one line of JSON for machines', async () => {
    const { run } = await running();
    const { code, out } = await run(['status', '--json']);
    assert.equal(code, 0);
    assert.equal(out.trim().split('\n').length, 1);
    assert.match(out, /"uptimeSeconds":90/);
  });
});

describe('an admin token on the command line', () => {
  const write = folder();
  const tokenFile = write('token.txt', `${writeToken}\n`);

  it('comes from a file, or from the environment', async () => {
    const { run } = await running({ tokens });
    assert.equal((await run(['split', '--gateway', '5', '--token-file', tokenFile])).code, 0);
    assert.equal((await run(['split', '--gateway', '6'], { TOKEN_PROXY_ADMIN_TOKEN: writeToken })).code, 0);
    const file = await run(['split', '--token-file', tokenFile], { TOKEN_PROXY_ADMIN_TOKEN: wrongToken });
    assert.equal(file.code, 0);
  });

  it('is asked for when it is missing', async () => {
    const { run } = await running({ tokens });
    const { code, err } = await run(['status']);
    assert.equal(code, 1);
    assert.match(err, /wants an admin token: give --token-file, or set TOKEN_PROXY_ADMIN_TOKEN\n$/);
  });

  it('is not repeated when it is wrong, may only read, or cannot be sent', async () => {
    const { run } = await running({ tokens });
    const cases = [
      [wrongToken, /does not know this admin token/],
      [readToken, /^error: not allowed: the token "bob" may only read/],
      ['planted\u2026token', /cannot be sent as a header/],
      ['planted token', /cannot be sent as a header/],
    ] as const;
    for (const [token, message] of cases) {
      const { code, out, err } = await run(['split', '--gateway', '5'], { TOKEN_PROXY_ADMIN_TOKEN: token });
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, message);
      assert.ok(!err.includes(token));
    }
  });

  it('is a failure when its file cannot be read', async () => {
    const { code, err } = await tokenProxy(['status', '--token-file', '/nowhere/token.txt']);
    assert.equal(code, 1);
    assert.match(err, /token file \/nowhere\/token\.txt cannot be read \(ENOENT\)/);
  });

  it('is said to be slowed down after too many wrong ones', async () => {
    const { run } = await running({ tokens });
    let last = await run(['status'], { TOKEN_PROXY_ADMIN_TOKEN: wrongToken });
    for (let time = 0; time < 20; time += 1)
      last = await run(['status'], { TOKEN_PROXY_ADMIN_TOKEN: wrongToken });
    assert.match(last.err, /^error: slowed down: too many wrong tokens/);
  });
});

describe('a proxy that does not answer as one', () => {
  const status = async (handler: RequestListener) =>
    tokenProxy(['status', '--admin', await listening(handler)]);

  it('is said not to be there', async () => {
    const { code, err } = await tokenProxy(['status', '--admin', '127.0.0.1:1']);
    assert.equal(code, 1);
    assert.match(err, /^error: http:\/\/127\.0\.0\.1:1: connection refused: nothing listens there .*--admin/);
  });

  it('is said not to be the admin listener', async () => {
    for (const [code, text] of [
      [200, '<html>planted</html>'],
      [200, '[]'],
      [404, '{"success":false,"message":"planted","code":404}'],
      [502, ''],
      [301, ''],
    ] as const) {
      const ran = await status((_request, response) => response.writeHead(code, { Location: '/' }).end(text));
      assert.equal(ran.code, 1);
      assert.match(ran.err, new RegExp(`answered HTTP ${code}, but not as the admin API`));
      assert.ok(!ran.err.includes('planted'));
    }
  });

  it('is said to be of another release', async () => {
    const { code, err } = await status((_request, response) => response.end('{"version":"9"}'));
    assert.equal(code, 1);
    assert.match(err, /the answer lacks \w+: is the proxy of another release/);
  });

  it('is said to have hung up', async () => {
    const { code, err } = await status((request) => request.socket.destroy());
    assert.equal(code, 1);
    assert.match(err, /the connection was/);
  });

  it('cannot steer the terminal', async () => {
    const { err } = await status((_request, response) =>
      response.writeHead(409).end(JSON.stringify({ error: { message: 'a\u001b[2Jb' } })),
    );
    assert.equal(err, 'error: not possible: a\\u{1b}[2Jb\n');
  });

  it('may stand behind a path', async () => {
    const { app } = house();
    const admin = await listening((request, response) => {
      request.url = request.url?.replace(/^\/behind\/api/, '/api') ?? '';
      app(request, response);
    });
    assert.equal((await tokenProxy(['status', '--admin', `${admin}/behind/`])).code, 0);
  });
});

describe('token-proxy rollout', () => {
  it('prints where the rollout stands, what it goes by and its steps', async () => {
    const { run } = await running({
      rollout: {
        view: () => ({
          ...idleRollout,
          state: 'holding',
          cause: 'data',
          step: 0,
          gatewayPercent: 1,
          reason: 'need more data: about 38 more calls of the gateway are needed',
          by: 'alice',
          sinceMs: startedAtMs,
          evidence: {
            gateway: { calls: 12, ok: 11, faults: 1, denied: 0, errorPercent: 8.33 },
            legacy: { calls: 0, ok: 0, faults: 0, denied: 0, errorPercent: null },
            faultsInARow: 0,
            statistic: 1.5,
            threshold: 15.2,
            verdict: 'need-more-data',
            callsNeeded: 38,
          },
        }),
        order: () => Promise.reject(new Error('not asked')),
      },
    });
    const { code, out } = await run(['rollout']);
    assert.equal(code, 0);
    assert.deepEqual(out.split('\n'), [
      'Rollout: holding (data) at step 1 of 3, 1 %',
      '  why          need more data: about 38 more calls of the gateway are needed',
      '  by           alice',
      '  since        2026-11-20T07:00:00.000Z',
      '  gateway      1 of 12 calls failed (8.33 %)',
      '  old service  no calls judged',
      '  verdict      need more data, about 38 more calls of the gateway (statistic 1.5 of 15.2, 0 faults in a row)',
      'Steps',
      '  →  1 %    at least 10 min',
      '     50 %   until somebody promotes',
      '     100 %  until there is enough data',
      '',
    ]);
  });

  it('gives orders, with a reason and with force', async () => {
    const orders: unknown[] = [];
    const { run } = await running({
      rollout: {
        view: () => idleRollout,
        order: (order) => {
          orders.push(order);
          return Promise.resolve({ kind: 'done', view: idleRollout });
        },
      },
    });
    for (const args of [
      ['start', '--reason', 'canary', '--force'],
      ['pause'],
      ['resume'],
      ['promote'],
      ['abort'],
    ]) {
      assert.equal((await run(['rollout', ...args])).code, 0, args.join(' '));
    }
    assert.deepEqual(orders[0], { order: 'start', by: 'admin', force: true, reason: 'canary' });
    assert.equal(orders.length, 5);
  });

  it('says why an order cannot be carried out, and exits with 1', async () => {
    const { run } = await running();
    const { code, err } = await run(['rollout', 'abort']);
    assert.deepEqual([code, err], [1, 'error: not possible: this fake rolls nothing out\n']);
    assert.deepEqual(await run(['rollout', 'begin']), {
      code: 2,
      out: '',
      err: 'error: rollout knows no "begin", only status, start, pause, resume, promote, abort\n',
    });
  });
});

describe('the help of the admin commands', () => {
  for (const command of ['split', 'status']) {
    it(`has options and an example for ${command}`, async () => {
      const { code, out } = await tokenProxy([command, '--help']);
      assert.equal(code, 0);
      assert.match(out, /--admin <address>.*127\.0\.0\.1:9464/s);
      assert.match(out, /TOKEN_PROXY_ADMIN_TOKEN/);
      assert.match(out, new RegExp(`Examples?:\\n {2}token-proxy ${command}`));
    });
  }
});
