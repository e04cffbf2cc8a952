// What waits for the end of the event loop's turn.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { createAtEndOfTurn, atEndOfTurn } from '../../src/row/end-of-turn.ts';
import { eventually } from '../store/kit.ts';

/** Turns that end when they are told to. */
function turns() {
  let scheduled: (() => void)[] = [];
  const add = createAtEndOfTurn((run) => scheduled.push(run));
  const end = (): void => {
    const runs = scheduled;
    scheduled = [];
    for (const run of runs) run();
  };
  return { add, end, scheduled: () => scheduled.length };
}

describe('the end of a turn', () => {
  it('runs what was added, all together and in order', () => {
    const { add, end, scheduled } = turns();
    const ran: string[] = [];
    for (const name of ['a', 'b', 'c']) add(() => ran.push(name));
    assert.deepEqual(ran, []);
    assert.equal(scheduled(), 1);
    end();
    assert.deepEqual(ran, ['a', 'b', 'c']);
    assert.equal(scheduled(), 0);
  });

  it('leaves what is added meanwhile to the next', () => {
    const { add, end } = turns();
    const ran: string[] = [];
    add(() => {
      ran.push('a');
      add(() => ran.push('c'));
    });
    add(() => ran.push('b'));
    end();
    assert.deepEqual(ran, ['a', 'b']);
    end();
    assert.deepEqual(ran, ['a', 'b', 'c']);
  });

  it('loses nothing behind a task that throws', () => {
    const { add, end } = turns();
    const ran: string[] = [];
    add(() => {
      add(() => ran.push('later'));
      throw new Error('a defect');
    });
    for (const name of ['a', 'b']) add(() => ran.push(name));
    assert.throws(end, /a defect/);
    end();
    assert.deepEqual(ran, ['a', 'b', 'later']);
  });

  it('comes once everything has been read that had arrived', async () => {
    const happened: string[] = [];
    let accepted = 0;
    const server = createServer((socket) => {
      accepted += 1;
      socket.on('data', () => {
        happened.push('read');
        atEndOfTurn(() => happened.push('worked on'));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sockets = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    // Both have been accepted before anything is written.
    await eventually(() => accepted === 2);
    for (const socket of sockets) socket.write('x');
    await eventually(() => happened.length === 4);
    for (const socket of sockets) socket.destroy();
    server.close();
    assert.deepEqual(happened, ['read', 'read', 'worked on', 'worked on']);
  });
});
