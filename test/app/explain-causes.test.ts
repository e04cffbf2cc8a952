import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { encodeText } from '../../src/app/explain/charsets.ts';
import type { Operation } from '../../src/legacy/operations.ts';
import type { RawRequest } from '../../src/legacy/read.ts';
import { escapeEvery, form, get, urlencoded, type Pairs } from '../kit/legacy-wire.ts';
import {
  accessKey,
  fields,
  instanceId,
  mac,
  otherKey,
  otherSecret,
  secret,
  sent,
  textOf,
  told,
} from './explaining.ts';

describe('explaining a signature that does not match', () => {
  const plain = textOf(fields);
  const raw = (values: Pairs) => values.map(([name, value]) => `${name}=${value}`).join('&');

  it('shows of what was expected and of what came four characters', async () => {
    const { signature } = await told(sent(fields, 'abcdefghijklmnopqrstuvwxyz01'));
    const [first] = signature.readings;
    assert.equal(first?.matched, false);
    assert.equal(first.expectedStart, mac(plain).slice(0, 4));
    assert.equal(first.givenStart, 'abcd');
    assert.equal(signature.given, 'abcd… (28 characters)');
  });

  it('says by exclusion that the secret differs when no check finds anything', async () => {
    assert.match(await causeOf(sent(fields, mac(plain, 'quite-another-secret'))), /another secret/);
  });

  it('finds a + in the signature that became a space', async () => {
    const plus = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].find((text) => mac(`token=${text}`).includes('+'));
    assert.ok(plus !== undefined);
    const unencoded = get(
      raw([
        ['token', plus],
        ['accessKey', accessKey],
        ['signature', mac(`token=${plus}`)],
      ]),
    );
    assert.match(await causeOf(unencoded, 'query'), /signature arrived with a space where \+ was/);
  });

  it('finds a + in the topics that became a space, and one in the signature besides', async () => {
    const pairs: Pairs = [
      ...Object.entries(fields),
      ['accessKey', accessKey],
      ['signature', encodeURIComponent(mac(plain))],
    ];
    assert.match(await causeOf(form(raw(pairs).replaceAll('#', '%23'))), /resources arrived with a space/);
    const topic = Array.from({ length: 20 }, (_, index) => `T${index}/+`).find((name) =>
      mac(textOf({ ...fields, resources: name })).includes('+'),
    );
    assert.ok(topic !== undefined);
    const both = { ...fields, resources: topic };
    const body = raw([...Object.entries(both), ['accessKey', accessKey], ['signature', mac(textOf(both))]]);
    assert.match(await causeOf(form(body)), /resources arrived[^]*signature arrived with a space/);
  });

  it('names another configured key whose secret signed', async () => {
    assert.match(await causeOf(sent(fields, mac(plain, otherSecret))), new RegExp(`secret of ${otherKey}`));
  });

  const lists = { ...fields, resources: 'B,A' };
  const chinese = { ...fields, resources: '设备/上行' };
  const accented = { ...fields, resources: 'Gerät/é' };
  const cases: readonly (readonly [title: string, request: RawRequest, cause: RegExp])[] = [
    [
      'percent-encoded values',
      sent(fields, mac(textOf(encoded(fields, encodeURIComponent)))),
      /signs percent-encoded/,
    ],
    [
      'lower-case escapes',
      sent(
        fields,
        mac(
          textOf(
            encoded(fields, (text) => encodeURIComponent(text).replace(/%../g, (part) => part.toLowerCase())),
          ),
        ),
      ),
      /signs percent-encoded/,
    ],
    [
      'values that were encoded twice',
      sent(encoded(fields, encodeURIComponent), mac(plain)),
      /resources arrived percent-encoded/,
    ],
    [
      'a signature that was encoded twice',
      sent(fields, encodeURIComponent(mac(plain))),
      /signature arrived percent-encoded/,
    ],
    ['a line break in the signature', sent(fields, `${mac(plain)}\n`), /line breaks/],
    [
      'a line break in a value',
      sent({ ...fields, resources: `${fields.resources}\n` }, mac(plain)),
      /resources arrived with line breaks/,
    ],
    ['a secret with a line break', sent(fields, mac(plain, `${secret}\n`)), /secret ends in a line break/],
    ['a secret followed by &', sent(fields, mac(plain, `${secret}&`)), /secret followed by &/],
    ['hexadecimal digits', sent(fields, mac(plain, secret, 'sha1', 'hex')), /hexadecimal/],
    ['HMAC-SHA256', sent(fields, mac(plain, secret, 'sha256')), /HMAC-SHA256/],
    [
      'fields in the order of sending',
      sent(
        fields,
        mac(
          Object.entries(fields)
            .filter(([name]) => name !== 'proxyType')
            .map(([name, value]) => `${name}=${value}`)
            .join('&'),
        ),
      ),
      /joins the parameters in the order/,
    ],
    [
      'every field in the order of sending',
      sent(
        lists,
        mac(
          Object.entries({ ...lists, accessKey })
            .map(([name, value]) => `${name}=${value}`)
            .join('&'),
        ),
      ),
      /in the order actions, resources, expireTime/,
    ],
    [
      'no instance id',
      sent(fields, mac(textOf(without(fields, 'instanceId')))),
      /signs only actions, expireTime, resources, serviceName;/,
    ],
    [
      'a service name that is not sent',
      sent(without(fields, 'serviceName'), mac(plain)),
      /signs serviceName=mq without sending it/,
    ],
    [
      'an instance id that is not sent',
      sent(without(fields, 'instanceId'), mac(plain)),
      new RegExp(`signs instanceId=${instanceId} without`),
    ],
    ['GBK bytes', sent(chinese, mac(encodeText(textOf(chinese), 'GBK'))), /signs the text as GBK/],
    [
      'ISO-8859-1 bytes',
      sent(accented, mac(encodeText(textOf(accented), 'ISO-8859-1'))),
      /signs the text as ISO-8859-1/,
    ],
    [
      'GBK on the wire',
      form(
        `${urlencoded(Object.entries({ ...without(fields, 'resources'), accessKey, signature: mac(textOf(chinese)) }))}&resources=${escapeEvery(encodeText(chinese.resources, 'GBK'))}`,
      ),
      /were sent in GBK/,
    ],
    [
      'GBK on the wire and signed',
      form(
        `${urlencoded(Object.entries({ ...without(fields, 'resources'), accessKey, signature: mac(encodeText(textOf(chinese), 'GBK')) }))}&resources=${escapeEvery(encodeText(chinese.resources, 'GBK'))}`,
      ),
      /sent and signed in GBK/,
    ],
    [
      'UTF-8 encoded twice',
      sent(
        { ...accented, resources: Buffer.from(accented.resources).toString('latin1') },
        mac(textOf(accented)),
      ),
      /UTF-8 that was taken for ISO-8859-1/,
    ],
  ];
  for (const [title, request, cause] of cases) {
    it(`finds ${title}`, async () => assert.match(await causeOf(request), cause));
  }

  it('finds URL-safe base64', async () => {
    const topic = Array.from({ length: 20 }, (_, index) => `t${index}`).find((name) =>
      /[+/]/.test(mac(`token=${name}`)),
    );
    assert.ok(topic !== undefined);
    const signature = createHmac('sha1', secret).update(`token=${topic}`).digest('base64url');
    assert.match(await causeOf(sent({ token: topic }, signature), 'query'), /URL-safe base64|lacks the =/);
  });

  it('says so when the signature is missing', async () => {
    const { signature, refusal } = await told(
      form(urlencoded([...Object.entries(fields), ['accessKey', accessKey]])),
    );
    assert.equal(signature.verdict, 'missing');
    assert.equal(refusal?.code, 407);
  });

  it('says so when a value hides another parameter', async () => {
    const { signature, refusal } = await told(sent({ ...fields, resources: 'A&serviceName=mq' }, 'x'));
    assert.equal(signature.verdict, 'ambiguous');
    assert.equal(refusal?.code, 407);
  });

  it('still tells where the call would go', async () => {
    const { gatewayCalls } = await told(sent(fields, 'wrong'));
    assert.equal(gatewayCalls.length, 1);
  });
});

async function causeOf(request: RawRequest, operation: Operation = 'apply'): Promise<string> {
  const { signature, refusal } = await told(request, operation);
  assert.equal(signature.verdict, 'mismatch');
  assert.equal(refusal?.code, 407);
  return signature.likelyCauses.join('\n');
}

function encoded(
  values: Readonly<Record<string, string>>,
  encode: (text: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, encode(value)]));
}

function without(values: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key !== name));
}
