import assert from 'node:assert/strict';
import { readOldRequest } from '../../src/app/explain/old-request.ts';
import { readParameters } from '../../src/legacy/read.ts';

const base = 'http://localhost:8080/token/apply';

/** Operation and parameters of a pasted text, or what is wrong with it. */
async function read(text: string): Promise<Record<string, unknown> | string> {
  const old = readOldRequest(text);
  if (!old.ok) return old.problem;
  const parameters = await readParameters(old.request);
  return 'kind' in parameters
    ? parameters.message
    : { operation: old.operation, ...Object.fromEntries(parameters) };
}

describe('reading a pasted old request', () => {
  const cases: readonly (readonly [title: string, text: string, expected: Record<string, unknown>])[] = [
    [
      'a query string',
      'actions=R&resources=A%2F%2B',
      { operation: 'apply', actions: ['R'], resources: ['A/+'] },
    ],
    ['a query string with its question mark', '?token=a%2Bb\n', { operation: 'query', token: ['a+b'] }],
    [
      'a wrapped form body',
      'actions=R&reso\nurces=A',
      { operation: 'apply', actions: ['R'], resources: ['A'] },
    ],
    [
      'one parameter a line',
      'actions=R\nresources=A',
      { operation: 'apply', actions: ['R'], resources: ['A'] },
    ],
    [
      'a whole URL',
      `https://mqauth.aliyuncs.com/token/revoke?token=x`,
      { operation: 'revoke', token: ['x'] },
    ],
    [
      'a URL without a scheme',
      `mqauth.aliyuncs.com/token/revoke/?token=x`,
      { operation: 'revoke', token: ['x'] },
    ],
    ['a URL with a space in it', `${base}?resources=a b`, { operation: 'apply', resources: ['a b'] }],
    ['a path with a query', '/token/query?token=x', { operation: 'query', token: ['x'] }],
    [
      'curl with -d',
      `curl ${base} -d 'actions=R' -d resources=A`,
      { operation: 'apply', actions: ['R'], resources: ['A'] },
    ],
    ['curl behind a prompt', `$ curl -d actions=R ${base}`, { operation: 'apply', actions: ['R'] }],
    [
      'curl with # within a word',
      `curl ${base} -d resources=B/#/c`,
      { operation: 'apply', resources: ['B/#/c'] },
    ],
    [
      'curl over several lines',
      `curl -s \\\n  '${base}' \\\n  --data 'actions=R'`,
      { operation: 'apply', actions: ['R'] },
    ],
    [
      'curl with --data-urlencode',
      `curl ${base} --data-urlencode 'resources=a+b c/#'`,
      { operation: 'apply', resources: ['a+b c/#'] },
    ],
    [
      'curl with --data-raw and @',
      `curl ${base} --data-raw 'resources=@a'`,
      { operation: 'apply', resources: ['@a'] },
    ],
    [
      'curl with -G',
      `curl -G '${base}?actions=R' -d resources=A`,
      { operation: 'apply', actions: ['R'], resources: ['A'] },
    ],
    [
      'curl with --url-query',
      `curl ${base} --url-query 'resources=a+b'`,
      { operation: 'apply', resources: ['a+b'] },
    ],
    [
      'curl with -F',
      `curl ${base} -F 'resources=a+b;type=text/plain' -F actions="R"`,
      { operation: 'apply', resources: ['a+b'], actions: ['R'] },
    ],
    [
      'curl with --form-string',
      `curl ${base} --form-string 'resources=@a;type=b'`,
      { operation: 'apply', resources: ['@a;type=b'] },
    ],
    [
      'curl with clustered switches',
      `curl -sSkXPOST --url ${base} -dactions=R -o /dev/null -m 5`,
      { operation: 'apply', actions: ['R'] },
    ],
    [
      'curl with a header',
      `curl -H 'Content-Type: application/x-www-form-urlencoded;charset=GBK' ${base} -d resources=%C9%E8`,
      { operation: 'apply', resources: ['设'] },
    ],
    ['curl with ? outside quotes', `curl ${base}?actions=R`, { operation: 'apply', actions: ['R'] }],
  ];
  for (const [title, text, expected] of cases) {
    it(`takes ${title}`, async () => assert.deepEqual(await read(text), expected));
  }

  it('notes that an unquoted & ends the command, and takes what a shell would send', async () => {
    const text = `curl ${base}?actions=R&resources=A`;
    assert.deepEqual(await read(text), { operation: 'apply', actions: ['R'] });
    const old = readOldRequest(text);
    assert.ok(old.ok && old.notes.some((note) => note.includes('quote the URL')));
  });

  it('notes a shell variable and keeps its name', () => {
    const old = readOldRequest(`curl ${base} -d "signature=$SIG"`);
    assert.ok(old.ok && old.notes.some((note) => note.startsWith('$SIG')));
    assert.equal(old.request.body.toString(), 'signature=$SIG');
  });

  it('says that a token alone is taken as query, and lets --operation win', () => {
    const old = readOldRequest('token=x');
    assert.ok(old.ok && old.notes.some((note) => note.includes('taken as query')));
    const chosen = readOldRequest('token=x', 'revoke');
    assert.ok(chosen.ok && chosen.operation === 'revoke' && chosen.notes.length === 0);
  });

  const refused: readonly (readonly [title: string, text: string, problem: RegExp])[] = [
    ['nothing', ' \n', /no request/],
    ['plain prose', 'hello', /no name=value/],
    ['another path', 'http://localhost/token/other?a=b', /none of \/token\/apply/],
    ['an unknown curl option', `curl ${base} --wonder=planted`, /--wonder=… is not known/],
    ['a curl option without its value', `curl ${base} -d`, /-d lacks its value/],
    ['a file as data', `curl ${base} -d @body.txt`, /-d names a file/],
    ['a file as a form field', `curl ${base} -F a=@body.txt`, /-F names a file/],
    ['curl without a URL', 'curl -d a=b', /no URL/],
    ['curl with two URLs', `curl ${base} ${base}`, /more than one URL/],
    ['a ${ without its end', `curl ${base} -d "planted=\${a"`, /a shell would refuse a \$\{/],
    ['JSON', `curl ${base} --json '{}'`, /Content-Type cannot be read/],
    ['another method', `curl -X PUT ${base} -d a=b`, /method PUT is not supported/],
  ];
  for (const [title, text, problem] of refused) {
    it(`refuses ${title} and says why`, async () => {
      const result = await read(text);
      assert.ok(typeof result === 'string');
      assert.match(result, problem);
      assert.doesNotMatch(result, /planted/);
    });
  }

  // The admin API takes pasted text too, and a long one must not hold up the calls of others: with a reading whose time
  // grows with the square of the length this takes far longer than the test runner waits.
  for (const [title, piece] of [
    ['escaped quotes', '\\"'],
    ['single quotes', "'a"],
    ['open quotes', '"a'],
  ] as const) {
    it(`reads a hundred thousand ${title} in one go`, () => {
      const old = readOldRequest(`curl ${base} -d ${piece.repeat(100_000)}`);
      assert.ok(old.ok && old.operation === 'apply');
    });
  }
});
