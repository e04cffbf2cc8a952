import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDial } from '../../src/split/stored-dial.ts';
import { openStore } from '../../src/store/open.ts';
import { beside, directories, eventually, keyOf } from './kit.ts';

const environment = { now: Date.now, log: () => undefined };
const kills = 15;

describe('the embedded store under kill -9', () => {
  const directory = directories();

  it('has every record and the last turn of the dial that anybody was told of', async function () {
    this.timeout(120_000);
    const path = await directory();
    let told = 0;
    for (let round = 0; round < kills; round += 1) {
      // One by one, most records are written ahead; of many at a time most wait for their commit.
      const writers = [1, 3, 8][round % 3];
      const writer = beside('store/killed.program.ts', [path, `round ${round}`, String(writers)]);
      await eventually(() => writer.lines.length > 20 || writer.child.exitCode !== null);
      await sleep(randomInt(150));
      await writer.kill();

      const store = await openStore({ type: 'lmdb', path }, environment);
      const records = writer.lines.flatMap((line) => /^record (.*)$/.exec(line)?.[1] ?? []);
      told += records.length;
      for (const record of records) {
        const value = await store.getRecord(keyOf(record));
        assert.equal(value && Buffer.from(value).toString(), record, `round ${round}`);
      }
      const turns = writer.lines.flatMap((line) => /^dial (\d+) (\d+)$/.exec(line) ?? []);
      const dial = await openDial(store, { ...environment, filePercent: 50, filePercentIsSet: false });
      const [version, percent] = turns.slice(-2).map(Number);
      const state = dial.state();
      // The turn after the last one told of may have been kept without anybody having been told.
      assert.ok(version !== undefined && percent !== undefined, 'the dial was turned');
      const isTheNext = state.version === version + 1 && state.gatewayPercent === (percent + 1) % 100;
      assert.ok(
        isTheNext || (state.version === version && state.gatewayPercent === percent),
        `round ${round}`,
      );
      const [newest] = await dial.history(1);
      assert.equal(newest?.version, state.version);
      await dial.close();
      await store.close();
    }
    assert.ok(told > kills * 10, `${told} records`);
  });
});
