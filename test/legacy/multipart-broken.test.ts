// Multipart bodies that are cut off, lack a boundary, hold files, or are made to be slow: each gets an answer.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readMultipart } from '../../src/legacy/multipart.ts';
import { multipart } from '../kit/legacy-wire.ts';
import type { RawRequest } from '../../src/legacy/read.ts';

const type = 'multipart/form-data; boundary=b';
const part = (name: string, value: string, more = '') =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;

async function fieldsOf({ body, contentType = '' }: Pick<RawRequest, 'body' | 'contentType'>) {
  const fields = await readMultipart(body, contentType);
  assert.ok(!('kind' in fields), JSON.stringify(fields));
  return [...fields];
}

async function refusal(body: string | Buffer, contentType = type): Promise<string> {
  const result = await readMultipart(Buffer.from(body), contentType);
  assert.ok('kind' in result, 'fields');
  assert.equal(result.code, 400);
  return result.message;
}

describe('readMultipart, of broken bodies', () => {
  it('refuses a body at every point where it can be cut off', async () => {
    const whole = Buffer.from(`${part('a', '1')}${part('b', '2')}--b--`);
    for (let length = 1; length < whole.length; length += 1) {
      assert.match(await refusal(whole.subarray(0, length)), /cut off or malformed/, `at ${length}`);
    }
  });

  it('survives a file that is cut off, at every point', async () => {
    const unheard: unknown[] = [];
    const listener = (error: unknown) => unheard.push(error);
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', listener);
    try {
      const whole = part('a', 'content', '; filename="f.txt"');
      for (let length = 1; length < whole.length; length += 1) await refusal(whole.slice(0, length));
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.removeListener('uncaughtException', listener);
      for (const other of others) process.on('uncaughtException', other);
    }
    assert.deepEqual(unheard, []);
  });

  it('refuses a file, whatever its name and size', async () => {
    for (const more of ['; filename="f.txt"', '; filename=""', '; filename=f']) {
      for (const value of ['', 'x', 'x'.repeat(100_000)]) {
        assert.match(await refusal(`${part('a', value, more)}--b--\r\n`), /holds a file/);
      }
    }
  });

  it('refuses a part without a name', async () => {
    const body = '--b\r\nContent-Disposition: form-data\r\n\r\nv\r\n--b--\r\n';
    assert.match(await refusal(body), /part without a name/);
  });

  it('refuses a type without a usable boundary', async () => {
    const body = `${part('a', '1')}--b--\r\n`;
    for (const bad of ['multipart/form-data', 'multipart/form-data; x=b', `${type}${'b'.repeat(1000)}`]) {
      assert.match(await refusal(body, bad), /no usable boundary/, bad.slice(0, 40));
    }
  });

  it('refuses a body in which the boundary never comes', async () => {
    for (const contentType of ['multipart/form-data; boundary=other', 'multipart/form-data; boundary=""']) {
      assert.match(await refusal(`${part('a', '1')}--b--\r\n`, contentType), /cut off or malformed/);
    }
    assert.match(await refusal('actions=R&resources=T'), /cut off or malformed/);
  });

  it('finds no fields in parts that are none', async () => {
    for (const text of [
      '--b--\r\n',
      '--b\r\n\r\nv\r\n--b--',
      '--b\r\nX: y\r\n\r\nv\r\n--b--',
      '--b\r\n--b\r\n--b--',
    ]) {
      assert.deepEqual(await fieldsOf({ body: Buffer.from(text), contentType: type }), [], text);
    }
  });

  it('does not let an unknown charset of a part through as an error', async () => {
    for (const charset of ['nonsense', '', '"', 'utf-7', 'base64']) {
      const head = `Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=${charset}`;
      const [[name] = []] = await fieldsOf(multipart([`${head}\r\n\r\nvalue`]));
      assert.equal(name, 'a', charset);
    }
  });

  it('answers for bodies that are all structure', async () => {
    const bodies = [
      '--b\r\n',
      '\r\n--',
      '--b',
      'a: b\r\n',
      '--b\r\nX: y\r\n\r\n',
      '-',
      '--b\r\nContent-Type: a;',
    ];
    for (const piece of bodies) {
      const body = Buffer.from(piece.repeat(Math.floor(131_072 / piece.length)));
      await readMultipart(body, type);
      await readMultipart(Buffer.concat([body, Buffer.from('--b--')]), type);
    }
    await readMultipart(Buffer.from(`${part('a', '1')}--b--`), `${type}${';x="\\'.repeat(4000)}`);
  }).timeout(60_000);

  it('answers for any sequence of fragments', async () => {
    const fragment = fc.oneof(
      fc.constantFrom(
        '--b',
        '--',
        '\r\n',
        '\r',
        '\n',
        'Content-Disposition: ',
        'form-data',
        '; name=',
        '"',
        '; filename=',
      ),
      fc.constantFrom(
        'Content-Type: text/plain',
        '; charset=',
        'utf-16le',
        "*=utf-8''%ff",
        '\\',
        ':',
        ';',
        ' ',
      ),
      fc.string({ unit: 'binary' }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fragment, { maxLength: 40 }), fc.boolean(), async (fragments, framed) => {
        const text = framed ? `--b\r\n${fragments.join('')}\r\n--b--` : fragments.join('');
        const result = await readMultipart(Buffer.from(text), type);
        if ('kind' in result) return assert.equal(result.code, 400);
        for (const name of result.keys()) assert.equal(typeof name, 'string');
      }),
      { numRuns: 500 },
    );
  });
});
