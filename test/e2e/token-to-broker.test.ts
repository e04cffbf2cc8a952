// All the way: old client → proxy → gateway → token → MQTT broker, with the clients that companies really have.
import assert from 'node:assert/strict';
import mqtt, { type MqttClient } from 'mqtt';
import { applyFields, callOld, javaClient, nodeDemo } from '../kit/old-clients.ts';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';

describe('an unchanged old client in front of the new gateway', () => {
  let world: ProxiedWorld;
  const clients: MqttClient[] = [];
  before(async () => {
    world = await startProxiedWorld();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  });
  after(() => world.close());

  const connect = (token: string, permissions = 'RW'): Promise<MqttClient> =>
    mqtt
      .connectAsync(world.sandbox.broker.url, {
        username: `Token|${world.accessKey}|${world.instanceId}`,
        password: `${permissions}|${token}`,
        clientId: `GID_test@@@${clients.length}`,
        reconnectPeriod: 0,
      })
      .then((client) => {
        clients.push(client);
        return client;
      });

  it('written after the vendor\u2019s Node demo gets a token that publishes and subscribes', async () => {
    const { body } = await nodeDemo(world.url, '/token/apply', applyFields(world.instanceId), world);
    assert.equal(body.code, 200);
    const client = await connect(body.tokenData ?? '');
    await client.subscribeAsync('TopicA/+');
    const arrived = new Promise<[string, Buffer]>((resolve) => {
      client.once('message', (...message) => resolve([message[0], message[1]]));
    });
    await client.publishAsync('TopicA/device1', 'hello');
    const [topic, payload] = await arrived;
    assert.equal(topic, 'TopicA/device1');
    assert.equal(payload.toString(), 'hello');
  });

  it('written in Java reads tokenData under HTTP 200 and connects with it', async () => {
    const token = await javaClient(world.url, '/token/apply', applyFields(world.instanceId), world);
    assert.ok(token);
    const client = await connect(token);
    assert.ok(client.connected);
  });

  it('gets no more than it asked for: a token for reading does not publish', async () => {
    const fields = applyFields(world.instanceId, { actions: 'R' });
    const token = (await javaClient(world.url, '/token/apply', fields, world)) ?? '';
    const client = await connect(token, 'R');
    const dropped = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.publish('TopicA/device1', 'not allowed', { qos: 1 });
    await dropped;
  });

  it('may name no instance and is served by the first of its account', async () => {
    const token = await javaClient(world.url, '/token/apply', applyFields(undefined), world);
    assert.ok((await connect(token ?? '')).connected);
  });

  it('revokes a token, which then opens nothing and is told apart from a forged one', async () => {
    const token = (await javaClient(world.url, '/token/apply', applyFields(world.instanceId), world)) ?? '';
    const query = () => callOld(world.url, '/token/query', { token }, world);
    assert.equal((await query()).body.code, 200);
    assert.equal((await callOld(world.url, '/token/revoke', { token }, world)).body.code, 200);
    assert.equal((await query()).body.code, 3);
    await assert.rejects(connect(token), /not authorized|bad user/i);
    assert.equal((await callOld(world.url, '/token/query', { token: 'LzMT+forged' }, world)).body.code, 1);
  });
});
