import assert from 'node:assert/strict';
import { form } from '../kit/legacy-wire.ts';
import {
  accessKey,
  fields,
  instanceId,
  mac,
  nowMs,
  otherKey,
  otherSecret,
  secret,
  sent,
  textOf,
  told,
  token,
} from './explaining.ts';

describe('explaining a genuine request', () => {
  it('tells the reading that matched and the gateway call', async () => {
    const explanation = await told(sent(fields, mac(textOf(fields))));
    assert.equal(explanation.signature.verdict, 'genuine');
    assert.equal(explanation.refusal, undefined);
    const [first] = explanation.signature.readings;
    assert.deepEqual(first, {
      reading: 'documented fields, values as sent',
      stringToSign: textOf(fields),
      matched: true,
    });
    assert.deepEqual(explanation.backend?.reasons, ['only-backend']);
    assert.deepEqual(explanation.gatewayCalls, [
      {
        action: 'ApplyToken',
        endpoint: 'https://onsmqtt.cn-hangzhou.aliyuncs.com',
        parameters: {
          Actions: 'R,W',
          Resources: 'TopicA/+,TopicB/#',
          ExpireTime: '1790003600000',
          InstanceId: instanceId,
        },
        credentials: `caller (${accessKey})`,
      },
    ]);
  });

  it('masks the token of a query wherever it stands, and names the instances that would be asked', async () => {
    const explanation = await told(sent({ token }, mac(`token=${token}`)), 'query');
    assert.equal(explanation.refusal, undefined);
    assert.equal(explanation.signature.readings[0]?.stringToSign, `token=LzMT… (${token.length} characters)`);
    assert.deepEqual(explanation.backend?.reasons, ['issuer', 'no-record']);
    assert.deepEqual(
      explanation.gatewayCalls.map(({ action, endpoint, parameters }) => [
        action,
        endpoint,
        parameters['InstanceId'],
      ]),
      [
        ['QueryToken', 'https://onsmqtt.cn-hangzhou.aliyuncs.com', instanceId],
        ['QueryToken', 'https://onsmqtt.ap-southeast-1.aliyuncs.com', 'post-sg-2'],
      ],
    );
  });

  it('adds RevokeToken for a revoke', async () => {
    const { gatewayCalls } = await told(sent({ token }, mac(`token=${token}`)), 'revoke');
    assert.deepEqual(
      new Set(gatewayCalls.map(({ action }) => action)),
      new Set(['QueryToken', 'RevokeToken']),
    );
  });

  it('names the type of credentials that are not the caller’s own', async () => {
    const farm = { ...fields, instanceId: 'post-farm' };
    const { gatewayCalls } = await told(sent(farm, mac(textOf(farm), otherSecret), otherKey));
    assert.equal(gatewayCalls[0]?.credentials, 'default');
  });

  it('refuses an instance that is not on the list of the account', async () => {
    const foreign = { ...fields, instanceId: 'post-other' };
    const { refusal, gatewayCalls } = await told(sent(foreign, mac(textOf(foreign))));
    assert.equal(refusal?.code, 400);
    assert.match(refusal.message, /post-other is not among the instances/);
    assert.deepEqual(gatewayCalls, []);
  });
});

describe('explaining an unknown access key', () => {
  it('names the nearest configured key when it looks like a typo', async () => {
    const { account, refusal, signature } = await told(sent(fields, 'x', 'LTAISANDB0X0001'));
    assert.deepEqual(account, { found: false, accessKey: 'LTAISANDB0X0001', nearest: accessKey });
    assert.equal(refusal?.code, 400);
    assert.equal(signature.verdict, 'unjudged');
  });

  it('names no key when none is near', async () => {
    assert.deepEqual((await told(sent(fields, 'x', 'nobody'))).account, {
      found: false,
      accessKey: 'nobody',
    });
  });

  it('names the configured key whose secret signed', async () => {
    const { signature } = await told(sent(fields, mac(textOf(fields)), 'nobody'));
    assert.match(signature.likelyCauses.join(), new RegExp(accessKey));
  });
});

describe('explaining parameters', () => {
  const expiring = async (expireTime: string) => {
    const values = { ...fields, expireTime };
    return told(sent(values, mac(textOf(values))));
  };
  const hints: readonly (readonly [title: string, expireTime: string, hint: RegExp])[] = [
    ['seconds', '1790003600', /is in seconds/],
    ['a duration', '3600000', /is a duration/],
    ['the past', String(nowMs - 5000), /5 s ago/],
    ['too near', String(nowMs + 5000), /at least 60 s/],
    ['twice the current time', String(2 * nowMs + 3_600_000), /twice the current time/],
    ['beyond a month', String(nowMs + 40 * 86_400_000), /beyond 30 days/],
  ];
  for (const [title, expireTime, hint] of hints) {
    it(`recognises an expireTime that is ${title}`, async () => {
      assert.match((await expiring(expireTime)).hints.join(), hint);
    });
  }

  it('lists every mistake and refuses with code 400', async () => {
    const values = { ...fields, actions: 'X', expireTime: '12' };
    const { mistakes, refusal } = await told(sent(values, mac(textOf(values))));
    assert.equal(mistakes.length, 2);
    assert.equal(refusal?.code, 400);
  });

  it('takes a pasted secret out of every text', async () => {
    const values = {
      ...fields,
      resources: `a,${secret}`,
      accessSecret: otherSecret,
      password: 'hunter2-hunter2',
    };
    const explanation = await told(sent(values, mac('x')));
    assert.doesNotMatch(JSON.stringify(explanation), /hunter2-hunter2/);
  });

  it('explains a body that cannot be read', async () => {
    const { refusal } = await told({ ...form('a=b'), contentType: 'application/json' });
    assert.equal(refusal?.code, 400);
  });
});
