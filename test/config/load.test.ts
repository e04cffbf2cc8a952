import assert from 'node:assert/strict';
import { mistakeText } from '../../src/config/mistakes.ts';
import { loadConfig, type LoadResult } from '../../src/config/load.ts';
import { env, loaded, loadText, temporaryFolder } from './kit.ts';

const accounts =
  'accounts:\n  - name: shop\n    keys:\n      - accessKey: LTAI1\n        secret: {env: SHOP_SECRET}\n';

function texts(result: LoadResult): string[] {
  return result.ok ? [] : result.mistakes.map(mistakeText);
}

describe('loading a configuration file', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  const load = (text: string | Buffer) => loadText(folder, text);

  it('loads a short file, with paths relative to it', () => {
    const { config } = loaded(load(accounts));
    assert.deepEqual(config.store, { type: 'lmdb', path: `${folder.path}/data` });
  });

  it('reads what an operator may write in two ways', () => {
    const { config } = loaded(
      load(
        `${accounts}    instances: [a, {id: b, regionId: cn-shanghai}]\n    legacyUrl: old.example.com/base/\n` +
          'listen: {port: 0}\n' +
          'backends:\n  legacy: {url: "HTTP://Old.example.com:80/", hosts: {TOKEN.example.com: "http://x.example/"}}\n' +
          '  gateway: {regionId: mq-internet-access}\n',
      ),
    );
    const [shop] = config.accounts;
    const { legacy } = config.backends;
    assert.ok(shop !== undefined && legacy !== undefined);
    assert.equal(shop.legacyUrl, 'https://old.example.com/base');
    assert.deepEqual(shop.instances, [
      { id: 'a', regionId: 'mq-internet-access' },
      { id: 'b', regionId: 'cn-shanghai' },
    ]);
    assert.equal(legacy.url, 'http://old.example.com');
    assert.equal(legacy.hosts['constructor'], undefined);
    assert.deepEqual({ ...legacy.hosts }, { 'token.example.com': 'http://x.example' });
    assert.deepEqual(config.listen, [{ host: '0.0.0.0', port: 0 }]);
  });

  it('takes anchors and aliases', () => {
    const { config } = loaded(
      load(`${accounts}backends:\n  gateway: {timeout: &t 2s}\ndrain: {delay: *t}\n`),
    );
    assert.equal(config.drain.delayMs, 2000);
  });

  it('gives the line of each mistake, in the order of the file', () => {
    const result = load(
      `deadline: 5\n${accounts}    instances:\n      - ok\n      - not ok\nlogs: 1\nlog:\n  level: loud\n`,
    );
    assert.ok(!result.ok);
    assert.deepEqual(
      result.mistakes.map(({ path, line }) => [path, line]),
      [
        ['deadline', 1],
        ['accounts[0].instances[1]', 9],
        ['logs', 10],
        ['log.level', 12],
      ],
    );
    assert.match(texts(result)[1] ?? '', /^accounts\[0\]\.instances\[1\] \(line 9\): must be an instance id/);
  });

  it('gives the line of the mapping for a key that is missing in it', () => {
    const result = load('accounts:\n  - name: shop\n    keys:\n      - accessKey: A\n');
    assert.ok(!result.ok);
    assert.deepEqual(
      result.mistakes.map(({ path, line }) => [path, line]),
      [['accounts[0].keys[0].secret', 4]],
    );
  });

  it('gives warnings their lines too', () => {
    const { warnings } = loaded(load(`${accounts}store: {type: memory}\ndeadline: 5s\n`));
    assert.deepEqual(
      warnings.map(({ path, line }) => [path, line]),
      [['deadline', 7]],
    );
  });

  it('tells duplicate keys with both lines, beside other mistakes', () => {
    assert.deepEqual(texts(load(`${accounts}deadline: 1s\nlog: {levle: info}\ndeadline: 2s\n`)), [
      'log.levle (line 7): is not a known key; did you mean `level`?',
      'deadline (line 8): is written twice in one mapping, first in line 6',
    ]);
  });

  for (const [title, text, line, message] of [
    ['an open brace', 'log: {level: info\n', 2, /bracket or brace before is not closed/],
    ['an open quote', 'log: "planted\n', 2, /a closing quote/],
    ['tabs as indentation', 'log:\n\tlevel: info\n', 2, /tabs cannot indent/],
    ['an alias without anchor', 'log: *planted\n', 1, /this alias names no anchor/],
    ['an unknown tag', 'log:\n  level: !planted x\n', 2, /unknown tag/],
    ['two documents', 'log: {}\n---\nlog: {}\n', 2, /one document/],
  ] as const) {
    it(`names ${title} with its line and without the text there`, () => {
      const [mistake] = texts(load(text));
      assert.match(mistake ?? '', message);
      assert.match(mistake ?? '', new RegExp(`^\\(line ${line}\\): is not valid YAML`));
      assert.doesNotMatch(mistake ?? '', /planted/);
    });
  }

  it('bounds a bomb of aliases and a tower of brackets', () => {
    const levels = Array.from({ length: 12 }, (_, level) =>
      level === 0 ? 'a0: &a0 [x, x]' : `a${level}: &a${level} [${`*a${level - 1}, `.repeat(9)}]`,
    );
    assert.deepEqual(texts(load(levels.join('\n'))), [
      'is not usable: too many aliases or too deeply nested',
    ]);
    for (const level of ['[', '{a: ', '- ', '? ', ': ', '- &a ', 'a: ']) {
      assert.match(texts(load(level.repeat(170_000)))[0] ?? '', /too deeply nested/, level);
    }
  });

  it('takes __proto__ for an unknown key', () => {
    assert.match(
      texts(load(`${accounts}__proto__: {deadline: 1s}\n`))[0] ?? '',
      /^__proto__ \(line 6\): is not a known key/,
    );
    assert.equal(Object.hasOwn(Object.prototype, 'deadline'), false);
  });

  for (const [title, content, message] of [
    ['an empty file', ' \n', /is empty$/],
    ['a file of comments', '# nothing\n', /holds only comments$/],
    ['a file over 1 MiB', Buffer.alloc(1024 * 1024 + 1, '#'), /is larger than 1 MiB/],
    ['a file that is no mapping', 'hello\n', /must be a mapping with the keys listen/],
    ['bytes that are no text', Buffer.from([0, 255, 254, 1]), /./],
  ] as const) {
    it(`refuses ${title}`, () => {
      const [mistake, ...rest] = texts(load(content));
      assert.match(mistake ?? '', message);
      assert.deepEqual(rest, []);
    });
  }

  it('refuses a missing file and a directory', () => {
    assert.match(
      texts(loadConfig(`${folder.path}/none.yaml`, { env }))[0] ?? '',
      /none\.yaml does not exist$/,
    );
    assert.match(texts(loadConfig(folder.path, { env }))[0] ?? '', /is a directory/);
  });
});
