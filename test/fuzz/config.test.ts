// The configuration, over what hasty operators make of a full one: keys misspelt, left out, moved and of another kind.
// Whatever comes, it is loaded or every mistake is named; no secret is shown, and what is shown loads again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'yaml';
import { describeConfig } from '../../src/config/describe.ts';
import { configFromDocument, loadConfig, type DocumentResult } from '../../src/config/load.ts';
import { temporaryFolder } from '../config/kit.ts';
import { mutated } from './mutations.ts';
import { oneOf, searching, seededRandom, seeds, upTo, type Random } from './seeds.ts';

const planted = 'planted-s3cret-0123456789';
const env = { SHOP_SECRET: planted, TOKEN: planted };
const annotated = readFileSync(new URL('../../config/proxy.yaml', import.meta.url), 'utf8');

/** The annotated file, which names every key, and beside it what stands there in comments only. */
function fullDocument(): Record<string, unknown> {
  const document = parse(annotated) as Record<string, unknown>;
  const [shop] = document['accounts'] as [Record<string, unknown>];
  const credentials = { type: 'sts', accessKeyId: 'A', accessKeySecret: planted, securityToken: planted };
  return {
    ...document,
    admin: { host: '0.0.0.0', port: 1, tokens: [{ name: 'alice', token: { env: 'TOKEN' }, role: 'write' }] },
    accounts: [
      { ...shop, keys: [{ accessKey: 'LTAI1', secret: planted }], limits: { apply: 500 } },
      {
        name: 'other-shop',
        keys: [{ accessKey: 'LTAI2', secret: { env: 'SHOP_SECRET' } }],
        instances: ['i1', { id: 'i2', regionId: 'cn-x' }],
        gateway: { credentials },
        legacyUrl: 'http://old.example/b',
      },
    ],
    backends: { legacy: { url: 'old.example', hosts: { 'a.example': 'b.example' } }, gateway: {} },
    split: {
      gatewayPercent: 12.34,
      key: ['account'],
      overrides: [{ account: 'other-shop', gatewayPercent: 100 }],
    },
    store: { type: 'memory' },
  };
}

const values: readonly [unknown, ...unknown[]] = [
  null,
  true,
  0,
  -1,
  1e21,
  NaN,
  0.001,
  '',
  ' ',
  '5',
  '5s',
  '-5s',
  '99999999d',
  '${X}',
  '10.0.0.0/8',
  '::1',
  'http://',
  'https://u:p@h/?q#f',
  'x'.repeat(5_000),
  '\0',
  '设备',
  '__proto__',
  [],
  [[]],
  {},
  { env: 'NONE' },
  { file: '/nowhere' },
  { env: 'TOKEN', file: 'x' },
  new Date(0),
];

type Node = unknown[] | Record<string, unknown>;

function nodesIn(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  const node = value as Node;
  return [node, ...Object.values(node).flatMap(nodesIn)];
}

/** Changes one entry somewhere. */
function disturb(document: Record<string, unknown>, random: Random): void {
  const nodes = nodesIn(document).filter((node) => Object.keys(node).length > 0);
  const node = nodes[upTo(random, nodes.length)];
  if (node === undefined) return;
  const keys = Object.keys(node);
  const key = keys[upTo(random, keys.length)] ?? '';
  const entries = node as Record<string, unknown>;
  const value = entries[key];
  const rename = (name: string) => {
    if (Array.isArray(node)) return;
    Reflect.deleteProperty(entries, key);
    entries[name] = value;
  };
  oneOf<() => void>(random, [
    () => (entries[key] = oneOf(random, values)),
    () => (entries[key] = oneOf(random, values)),
    () => (entries[key] = [value]),
    () => (entries[key] = { [key]: value }),
    () => (Array.isArray(node) ? node.splice(Number(key), 1) : Reflect.deleteProperty(entries, key)),
    () => (Array.isArray(node) ? node.push(structuredClone(value)) : rename(key.toUpperCase())),
    () => rename(`${key.slice(0, 2)}${key.slice(3)}x`),
    () => rename(oneOf(random, ['constructor', 'toString', '', '.', 'a b'])),
  ])();
}

function judge(result: DocumentResult): void {
  if (result.ok) {
    const shown = describeConfig(result.config);
    assert.ok(!shown.includes(planted) && !JSON.stringify(result.config).includes(planted));
    assert.ok(!JSON.stringify(result.warnings).includes(planted));
    return;
  }
  assert.ok(result.mistakes.length > 0);
  for (const { path, message } of result.mistakes) {
    assert.ok(!message.includes(planted) && !path.includes(planted), message);
    assert.ok(message.length > 3 && message.length < 1_000, message);
    assert.ok(path !== '' || /^and \d+ more$/.test(message), `without a key: ${message}`);
  }
}

for (const seed of seeds) {
  describe(`a disturbed configuration, seed ${seed},`, () => {
    const folder = temporaryFolder();
    after(() => folder.remove());

    it('is loaded, or each of its mistakes names a key; no secret shows', () => {
      assert.ok(configFromDocument(fullDocument(), { env }).ok, 'it loads undisturbed');
      fc.assert(
        fc.property(fc.nat(), fc.integer({ min: 1, max: 5 }), (number, times) => {
          const random = seededRandom(number);
          const document = fullDocument();
          for (let time = 0; time < times; time += 1) disturb(document, random);
          const result = configFromDocument(document, { env });
          judge(result);
          if (result.ok) result.secrets.close();
        }),
        searching(seed, 150, 2_000),
      );
    });

    it('is read from whatever text, and its mistakes lie on its lines', () => {
      const donors = [Buffer.from(annotated), Buffer.from('&a [*a, !!set {? x}, |\n  y, "\\u12"]')] as const;
      fc.assert(
        fc.property(fc.nat(), (number) => {
          const text = mutated(Buffer.from(annotated), seededRandom(number), [...donors]).subarray(0, 50_000);
          const result = loadConfig(folder.write('proxy.yaml', text), { env });
          if (result.ok) return result.secrets.close();
          const lines = text.toString('utf8').split('\n').length;
          for (const { message, line = 1 } of result.mistakes) {
            assert.ok(line >= 1 && line <= lines, `line ${line} of ${lines}: ${message}`);
            assert.ok(message !== '' && !message.includes(planted), message);
          }
        }),
        searching(seed, 60, 2_000),
      );
    });
  });
}
