// What every gateway must do for its callers, whether a small server or the full emulator stands behind it.
// Names no server and no port: a world brings both.
import assert from 'node:assert/strict';
import type { Gateway, GatewayFailure, GatewayOutcome } from '../../src/gateway/gateway.ts';

/** The gateway under test and what can be done to the service behind it. */
export interface GatewayWorld {
  /** Called with the account's own key. */
  readonly gateway: Gateway;
  /** The same account key with a wrong secret. */
  readonly withWrongSecret: Gateway;
  /** A key that the service does not know. */
  readonly withUnknownKey: Gateway;
  /** An instance of the account, and another one of the same account. */
  readonly instanceId: string;
  readonly otherInstanceId: string;
  /** The next call is refused so. */
  refuseNext(refusal: { readonly status: number; readonly code: string; readonly message: string }): void;
  /** Closes gateways, transport and server. */
  close(): Promise<void>;
}

/**
 * Defines the suite.
 * @param name what stands behind the gateway
 * @param makeGatewayAndWorld called before each test; the world is closed after it
 */
export function gatewayContract(name: string, makeGatewayAndWorld: () => Promise<GatewayWorld>): void {
  describe(`a gateway in front of ${name}`, () => {
    let world: GatewayWorld;
    let gateway: Gateway;
    const options = { timeoutMs: 5_000 };
    const inAnHour = (): number => Date.now() + 3_600_000;

    beforeEach(async () => {
      world = await makeGatewayAndWorld();
      ({ gateway } = world);
    });
    afterEach(() => world.close());

    const mint = async (...resources: string[]): Promise<string> => {
      const outcome = await gateway.apply(
        { instanceId: world.instanceId, actions: 'R,W', resources, expireTimeMs: inAnHour() },
        options,
      );
      assert.ok(outcome.class === 'ok', JSON.stringify(outcome));
      assert.ok(outcome.requestId);
      return outcome.value.token;
    };
    const valid = async (token: string, instanceId = world.instanceId): Promise<unknown> => {
      const outcome = await gateway.query({ instanceId, token }, options);
      return outcome.class === 'ok' ? outcome.value.valid : outcome.class;
    };
    const failure = (outcome: GatewayOutcome<unknown>): GatewayFailure => {
      assert.ok(outcome.class !== 'ok');
      return outcome;
    };

    it('mints a token that is valid until it is revoked', async () => {
      const token = await mint('TopicA/+', 'TopicB/#');
      assert.equal(await valid(token), true);
      const revoked = await gateway.revoke({ instanceId: world.instanceId, token }, options);
      assert.equal(revoked.class, 'ok');
      assert.equal(await valid(token), false);
    });

    for (const topic of ['设备/上行', 'a b/+', "it's/(!)*~", 'x=y&z', '%2F', '🙂/#', '"quoted"']) {
      it(`mints a token for the topic ${topic}`, async () => {
        assert.equal(await valid(await mint(topic)), true);
      });
    }

    it('does not find a token at another instance, nor one that was never issued', async () => {
      const token = await mint('TopicA');
      assert.notEqual(await valid(token, world.otherInstanceId), true);
      assert.notEqual(await valid('LzMTneverIssued+/=='), true);
    });

    it('is denied with a wrong secret and with an unknown key', async () => {
      const request = { instanceId: world.instanceId, token: 'any' };
      const wrong = failure(await world.withWrongSecret.query(request, options));
      assert.deepEqual([wrong.class, wrong.code], ['denied', 'SignatureDoesNotMatch']);
      const unknown = failure(await world.withUnknownKey.query(request, options));
      assert.deepEqual([unknown.class, unknown.code], ['denied', 'InvalidAccessKeyId.NotFound']);
    });

    for (const [status, code, expected] of [
      [400, 'InvalidParameter.Resources', 'rejected'],
      [403, 'NoPermission', 'denied'],
      [400, 'ApplyTokenOverFlow', 'throttled'],
      [400, 'Throttling.User', 'throttled'],
      [500, 'InternalError', 'fault'],
      [503, 'ServiceUnavailable', 'fault'],
    ] as const) {
      it(`tells ${code} as ${expected}, and works again with the next call`, async () => {
        world.refuseNext({ status, code, message: 'as the test wants' });
        const request = { instanceId: world.instanceId, actions: 'R', resources: ['T'] } as const;
        const outcome = failure(await gateway.apply({ ...request, expireTimeMs: inAnHour() }, options));
        assert.deepEqual([outcome.class, outcome.cause, outcome.code], [expected, 'answered', code]);
        assert.equal(outcome.httpStatus, status);
        assert.ok(outcome.requestId);
        await mint('T');
      });
    }

    it('rejects what cannot be encoded', async () => {
      const outcome = await gateway.query({ instanceId: world.instanceId, token: '\ud800' }, options);
      assert.equal(failure(outcome).class, 'rejected');
    });

    it('ends a call whose caller has gone', async () => {
      const signal = AbortSignal.abort();
      const outcome = await gateway.query(
        { instanceId: world.instanceId, token: 't' },
        { ...options, signal },
      );
      assert.equal(failure(outcome).cause, 'aborted');
    });

    it('carries many calls at once', async () => {
      const tokens = await Promise.all(Array.from({ length: 30 }, (_, nth) => mint(`Topic${nth}`)));
      assert.equal(new Set(tokens).size, 30);
    });
  });
}
