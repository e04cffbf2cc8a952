// Every fault at either backend over real sockets, and the table in the README that says what comes of it: made from
// what is seen here (UPDATE_README=1 writes it), and held against it otherwise.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import prettier from 'prettier';
import { applyFields, callOld } from '../kit/old-clients.ts';
import { startProxiedWorld } from '../kit/proxied-world.ts';
import { backendFaults, gatewayCodes } from './faults.ts';
import { observe, settings, type Observed } from './observe.ts';
import { codeTable, faultTable, type CodeRow, type FaultRow } from './table.ts';

const readmeFile = new URL('../../README.md', import.meta.url);
/** Old clients give up then (PROTOCOL section 1); faults of a machine under load must not be taken for ours. */
const clientPatienceMs = 5_000;
const atOnce = 6;

describe('a failing backend', () => {
  const rows: FaultRow[] = [];
  const codeRows: CodeRow[] = [];

  before(async function () {
    this.timeout(120_000);
    const waiting = backendFaults.entries();
    const seen = new Map<number, FaultRow>();
    const work = async (): Promise<void> => {
      for (const [index, fault] of waiting) {
        const row: Partial<Record<(typeof settings)[number], Observed>> = {};
        for (const setting of settings) {
          const happens = fault.skewMs === undefined || setting !== 'old service';
          if (happens) row[setting] = await observe(fault, setting);
        }
        seen.set(index, { name: fault.name, seen: row });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    rows.push(...[...seen].sort(([one], [other]) => one - other).map(([, row]) => row));
    codeRows.push(...(await observeCodes()));
  });

  it('always gets the client an answer before it gives up', () => {
    for (const { name, seen } of rows) {
      for (const [setting, { sees, durationMs }] of Object.entries(seen)) {
        assert.match(sees, /^(200|400|409|HTTP (200|502))\b/, `${name}, ${setting}`);
        assert.ok(durationMs < clientPatienceMs, `${name}, ${setting}: ${durationMs} ms`);
      }
    }
  });

  it('is made up for by the old service, whatever happens to the gateway', () => {
    for (const { name, seen } of rows) {
      assert.match(seen['gateway, old service behind it']?.sees ?? '', /^200\b/, name);
    }
  });

  it('is told in the table of the README', async () => {
    const readme = await readFile(readmeFile, 'utf8');
    const tables = `${faultTable(rows)}\n\n${codeTable(codeRows)}`;
    const text = await prettier.format(tables, { parser: 'markdown' });
    const [, head, old, tail] =
      /^([^]*<!-- made by test\/faults -->\n)([^]*)(<!-- end -->[^]*)$/.exec(readme) ?? [];
    assert.ok(head !== undefined && old !== undefined && tail !== undefined, 'the marks are in the README');
    if (process.env['UPDATE_README'] !== undefined) await writeFile(readmeFile, `${head}\n${text}\n${tail}`);
    else assert.equal(old.trim(), text.trim());
  });
});

async function observeCodes(): Promise<CodeRow[]> {
  const world = await startProxiedWorld({
    config: ({ gateway }) => ({
      backends: { gateway: { endpoint: gateway.endpoint, protocol: 'http' } },
      limits: { perAccount: { apply: 1_000, query: 1_000, revoke: 1_000 } },
      breaker: { consecutive: 1_000, minCalls: 1_000 },
    }),
  });
  try {
    const rows: CodeRow[] = [];
    for (const [code, status] of gatewayCodes) {
      const fields = applyFields(world.instanceId);
      world.sandbox.gateway.faults.clear();
      const { body } = await callOld(world.url, '/token/apply', fields, world);
      const token = { token: body.tokenData ?? '' };
      assert.notEqual(token.token, '', `no token before ${code}`);
      world.sandbox.gateway.faults.set({ kind: 'answer', code, status, message: 'As documented.' });
      const answers = {
        apply: (await callOld(world.url, '/token/apply', fields, world)).body.code,
        revoke: (await callOld(world.url, '/token/revoke', token, world)).body.code,
        query: (await callOld(world.url, '/token/query', token, world)).body.code,
      };
      const outcome = String(world.calls().findLast(({ route }) => route === 'apply')?.['outcome']);
      rows.push({ code, ...answers, outcome });
    }
    return rows;
  } finally {
    await world.close();
  }
}
