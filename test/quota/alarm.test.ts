import assert from 'node:assert/strict';
import { Alarm, scheduleTimer } from '../../src/quota/alarm.ts';
import { Simulation } from './simulation.ts';

describe('the alarm of a queue', () => {
  const clock = () => {
    const simulation = new Simulation(1_000);
    const timers: number[] = [];
    const rings: number[] = [];
    const alarm = new Alarm(
      (ms, work) => {
        timers.push(ms);
        return simulation.schedule(ms, work);
      },
      () => rings.push(simulation.now()),
    );
    return { simulation, alarm, timers, rings };
  };

  it('rings once, in whole milliseconds, not before it is due', async () => {
    const { simulation, alarm, rings, timers } = clock();
    alarm.at(1_010.2, 1_000);
    await simulation.pass(100);
    assert.deepEqual([timers, rings], [[11], [1_011]]);
  });

  it('is set anew only for what is due earlier', async () => {
    const { simulation, alarm, rings, timers } = clock();
    alarm.at(1_050, 1_000);
    alarm.at(1_080, 1_000);
    alarm.at(1_020, 1_000);
    await simulation.pass(40);
    assert.deepEqual([timers, rings], [[50, 20], [1_020]]);
    alarm.at(1_060, simulation.now());
    await simulation.pass(100);
    assert.deepEqual(rings, [1_020, 1_060]);
    assert.equal(simulation.pending, 0);
  });

  it('needs a millisecond for what is due already, and no timer for what is never due', async () => {
    const { simulation, alarm, rings, timers } = clock();
    alarm.at(Infinity, 1_000);
    assert.deepEqual(timers, []);
    alarm.at(900, 1_000);
    await simulation.pass(10);
    assert.deepEqual(rings, [1_001]);
  });

  it('does not ring after it was cancelled, until it is set again', async () => {
    const { simulation, alarm, rings } = clock();
    alarm.at(1_010, 1_000);
    alarm.cancel();
    assert.equal(simulation.pending, 0);
    alarm.at(1_020, 1_000);
    await simulation.pass(100);
    assert.deepEqual(rings, [1_020]);
  });

  it('uses a timer of the process that keeps it from nothing and can be cancelled', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const cancel = scheduleTimer(100_000, () => assert.fail('it was cancelled'));
    assert.equal(timers(), before, 'it is not waited for');
    cancel();
    await new Promise<void>((resolve) => {
      const keepAlive = setInterval(() => undefined, 1_000);
      scheduleTimer(1, () => {
        clearInterval(keepAlive);
        resolve();
      });
    });
  });
});
