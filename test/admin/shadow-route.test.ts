import assert from 'node:assert/strict';
import request from 'supertest';
import type { ShadowReading } from '../../src/admin/shadow-sources.ts';
import type { ExperimentReading } from '../../src/shadow/experiment.ts';
import { bodyOf, house, quietShadow } from './kit.ts';

export const fits = (reading: ExperimentReading): ShadowReading => reading;

const mismatch = {
  atMs: Date.UTC(2026, 10, 20),
  account: 'shop',
  operation: 'apply',
  requestId: 'r1',
  instanceId: 'post-1',
  bucket: 7,
  control: { outcome: 'ok', code: 200, durationMs: 12.3456 },
  candidate: {
    by: 'gateway',
    outcome: 'denied',
    code: 409,
    durationMs: 20.04,
    gatewayCode: 'NoPermission',
    gatewayRequestId: 'g1',
    message: 'said by the gateway',
  },
  why: 'because',
  parameters: { resources: ['A'], actions: ['R'], expireTime: '2026-11-20T01:00:00.000Z' },
} as const;

describe('GET /api/shadow', () => {
  it('tells of nothing before anything was tried', async () => {
    const answer = await request(house().app).get('/api/shadow').expect(200);
    assert.deepEqual(bodyOf(answer), { ...quietShadow, scope: 'replica' });
  });

  it('shows counts, durations and mismatches', async () => {
    const reading: ShadowReading = {
      percent: 12.34,
      verify: true,
      counts: { match: 4, mismatch: 1, error: 2, dropped: 3 },
      waiting: 5,
      durations: { legacy: { p50Ms: 1.26, p99Ms: 2 }, gateway: null },
      mismatches: [mismatch],
    };
    const answer = await request(house({ shadow: () => reading }).app)
      .get('/api/shadow')
      .expect(200);
    assert.deepEqual(bodyOf(answer), {
      percent: 12.34,
      verify: true,
      counts: reading.counts,
      waiting: 5,
      durations: { legacy: { p50Ms: 1.3, p99Ms: 2 }, gateway: null },
      mismatches: [
        {
          at: '2026-11-20T00:00:00.000Z',
          account: 'shop',
          operation: 'apply',
          requestId: 'r1',
          instanceId: 'post-1',
          bucket: 7,
          legacy: { outcome: 'ok', code: 200, durationMs: 12.3 },
          gateway: {
            by: 'gateway',
            outcome: 'denied',
            code: 409,
            durationMs: 20,
            gatewayCode: 'NoPermission',
            gatewayRequestId: 'g1',
          },
          why: 'because',
          parameters: mismatch.parameters,
        },
      ],
      scope: 'replica',
    });
  });
});
