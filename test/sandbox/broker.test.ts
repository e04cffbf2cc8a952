// The broker as MQTT clients see it: who gets in, what they may, and how they are told to leave.
import assert from 'node:assert/strict';
import mqtt, { type MqttClient } from 'mqtt';
import { defaultAccount } from '../../src/sandbox/accounts.ts';
import { startBroker, type TokenBroker } from '../../src/sandbox/broker.ts';
import { grantedTo, TokenBook, type TokenActions } from '../../src/sandbox/token-book.ts';
import { handClock, until } from './peers.ts';

const userName = 'Token|LTAISANDBOX0001|post-cn-0pp12gl0001';

/** A client with what it has been sent. */
interface Connected {
  readonly client: MqttClient;
  readonly received: { readonly topic: string; readonly text: string }[];
}

describe('the broker', () => {
  const clock = handClock();
  const book = new TokenBook({ clock });
  const clients: MqttClient[] = [];
  let broker: TokenBroker;
  before(async () => {
    broker = await startBroker({ book });
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  });
  after(() => broker.close());

  function mint(actions: TokenActions, resources = ['TopicA/+', 'TopicB/#']): string {
    const grant = { ...grantedTo(defaultAccount), instanceId: 'post-cn-0pp12gl0001', actions, resources };
    return book.mint({ ...grant, expiresAtMs: clock() + 60_000, issuer: 'gateway' }).token;
  }
  async function connect(password: string, username = userName): Promise<Connected> {
    const received: { topic: string; text: string }[] = [];
    const client = mqtt.connect(broker.url, {
      username,
      password,
      reconnectPeriod: 0,
      clientId: `GID@@@${clients.length}`,
    });
    clients.push(client);
    client.on('message', (topic, payload) => received.push({ topic, text: payload.toString() }));
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
    });
    client.on('error', () => undefined);
    return { client, received };
  }
  const noticeTo = ({ received }: Connected) =>
    received.map(({ topic, text }) => [topic, (JSON.parse(text) as { code: number }).code]);

  it('lets messages through between those who may', async () => {
    const reader = await connect(`R|${mint('R')}`);
    const writer = await connect(`W|${mint('W')}`);
    await reader.client.subscribeAsync(['TopicA/+', 'TopicB/x/#'], { qos: 1 });
    await writer.client.publishAsync('TopicA/1', 'one', { qos: 1 });
    await writer.client.publishAsync('TopicB/x/y', 'two', { qos: 1 });
    await until(() => reader.received.length === 2);
    assert.deepEqual(reader.received, [
      { topic: 'TopicA/1', text: 'one' },
      { topic: 'TopicB/x/y', text: 'two' },
    ]);
  });

  it('joins the rights of several tokens', async () => {
    const both = await connect(`R|${mint('R', ['in'])}|W|${mint('R,W', ['out'])}`);
    await both.client.subscribeAsync('in');
    await both.client.publishAsync('out', 'x', { qos: 1 });
    await assert.rejects(both.client.subscribeAsync('out'));
  });

  it('refuses a subscription beyond the permitted filters, says so, and lets the client stay', async () => {
    const peer = await connect(`RW|${mint('R,W')}`);
    await assert.rejects(peer.client.subscribeAsync('TopicA/#'));
    await until(() => peer.received.length === 1);
    assert.deepEqual(noticeTo(peer), [['$SYS/tokenInvalidNotice', 4]]);
    await peer.client.subscribeAsync(['TopicB/#', '$SYS/tokenExpireNotice']);
  });

  it('refuses to read on a token that only writes', async () => {
    const peer = await connect(`W|${mint('W')}`);
    await assert.rejects(peer.client.subscribeAsync('TopicA/1'));
    await until(() => peer.received.length === 1);
    assert.deepEqual(noticeTo(peer), [['$SYS/tokenInvalidNotice', 5]]);
  });

  it('tells and disconnects who publishes without the right or to another topic', async () => {
    const cases: [string, string, number][] = [
      [`R|${mint('R')}`, 'TopicA/1', 5],
      [`RW|${mint('R,W')}`, 'TopicC', 4],
    ];
    const witness = await connect(`R|${mint('R', ['#'])}`);
    await witness.client.subscribeAsync('#');
    for (const [password, topic, code] of cases) {
      const peer = await connect(password);
      peer.client.publish(topic, 'x');
      await until(() => !peer.client.connected);
      assert.deepEqual(noticeTo(peer), [['$SYS/tokenInvalidNotice', code]]);
    }
    assert.deepEqual(witness.received, []);
  });

  it('refuses a login that is no token login, or is forged, with code 4', async () => {
    const token = mint('R,W');
    const logins: [string, string][] = [
      [`RW|${token}x`, userName],
      [token, userName],
      [`X|${token}`, userName],
      [`RW|${token}|R`, userName],
      ['', userName],
      [`RW|${token}`, 'Signature|LTAISANDBOX0001|post-cn-0pp12gl0001'],
      [`RW|${token}`, 'Token|LTAIother|post-cn-0pp12gl0001'],
      [`RW|${token}`, `${userName}|more`],
    ];
    for (const [password, username] of logins) await assert.rejects(connect(password, username), { code: 4 });
  });

  it('refuses a token of another instance, of too little right, revoked or expired, with code 5', async () => {
    const [revoked, expired] = [mint('R,W'), mint('R,W')];
    book.revoke(revoked);
    await assert.rejects(connect(`RW|${mint('R,W')}`, 'Token|LTAISANDBOX0001|post-cn-other'), { code: 5 });
    await assert.rejects(connect(`RW|${mint('R')}`), { code: 5 });
    await assert.rejects(connect(`RW|${revoked}`), { code: 5 });
    clock.advance(60_000);
    await assert.rejects(connect(`RW|${expired}`), { code: 5 });
  });

  it('tells and disconnects a client whose token is revoked, at once', async () => {
    const token = mint('R,W');
    const [peer, other] = [await connect(`RW|${token}`), await connect(`RW|${mint('R,W')}`)];
    const before = broker.stats().expelled;
    book.revoke(token);
    await until(() => !peer.client.connected);
    assert.deepEqual(noticeTo(peer), [['$SYS/tokenInvalidNotice', 3]]);
    assert.equal(broker.stats().expelled, before + 1);
    assert.equal(other.client.connected, true);
  });

  it('tells and disconnects a client whose token expires', async () => {
    const peer = await connect(`RW|${mint('R,W')}`);
    clock.advance(60_000);
    broker.sweep();
    await until(() => !peer.client.connected);
    assert.deepEqual(noticeTo(peer), [['$SYS/tokenExpireNotice', 2]]);
  });
});
