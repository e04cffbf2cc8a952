import assert from 'node:assert/strict';
import { keepTicking } from '../../src/rollout/ticking.ts';
import { eventually } from '../store/kit.ts';

describe('ticking', () => {
  it('looks once in a while, one look at a time, until it is ended', async () => {
    let looking = 0;
    let looks = 0;
    let most = 0;
    let release = (): void => undefined;
    const tick = async (): Promise<void> => {
      looks += 1;
      looking += 1;
      most = Math.max(most, looking);
      if (looks === 2) await new Promise<void>((resolve) => (release = resolve));
      looking -= 1;
    };
    const end = keepTicking({ tick }, 1);
    await eventually(() => looks === 2);
    // Several more would have begun by now.
    let turns = 0;
    const other = setInterval(() => (turns += 1), 1);
    await eventually(() => turns >= 5);
    clearInterval(other);
    assert.equal(looks, 2);
    release();
    await eventually(() => looks >= 5);
    end();
    assert.equal(most, 1);
  });
});
