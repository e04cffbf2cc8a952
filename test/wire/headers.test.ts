// Header fields on their way to the old service: how a body is framed is said once, whatever came.
import assert from 'node:assert/strict';
import { requestHeaders } from '../../src/wire/headers.ts';

const addressing = { host: 'old.example', method: 'POST' } as const;

describe('the header fields of a request', () => {
  const twice = [
    'Transfer-Encoding',
    'gzip',
    'X-A',
    '1',
    'Transfer-Encoding',
    'chunked',
    'Content-Length',
    '9',
  ];

  it('hold one length for a body that was collected', () => {
    assert.deepEqual(requestHeaders(twice, { ...addressing, contentLength: 3 }), [
      'Host',
      'old.example',
      'Content-Length',
      '3',
      'X-A',
      '1',
    ]);
  });

  it('hold the first of several framing fields for a body that is streamed', () => {
    const kept = requestHeaders(['Content-Length', '3', ...twice], {
      ...addressing,
      contentLength: undefined,
    });
    assert.deepEqual(kept, ['Host', 'old.example', 'Content-Length', '3', 'X-A', '1']);
  });

  it('say that there is no body where none was framed and Node would call it chunked', () => {
    const kept = requestHeaders([], { ...addressing, contentLength: undefined });
    assert.deepEqual(kept, ['Host', 'old.example', 'Content-Length', '0']);
    const bodiless = requestHeaders([], { ...addressing, method: 'GET', contentLength: undefined });
    assert.deepEqual(bodiless, ['Host', 'old.example']);
  });
});
