// An MQTT broker on loopback that admits clients by token and enforces what the tokens allow (PROTOCOL section 3).
// The proof that a token works; it keeps no messages beyond what MQTT asks and knows no other way to log in.
import { createServer } from 'node:net';
import { Aedes, type Client } from 'aedes';
import { judgeLogin, noticeCodes, whyNot, whyOver, type NoticeReason, type Session } from './broker-login.ts';
import { listenOnLoopback } from './listen.ts';
import { Sockets } from './sockets.ts';
import type { TokenBook } from './token-book.ts';

export interface BrokerOptions {
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Says which tokens are good; its clock decides about expiry. */
  readonly book: TokenBook;
}

export interface BrokerStats {
  /** Clients connected now. */
  readonly connected: number;
  readonly admitted: number;
  readonly refused: number;
  /** Clients told to leave after a revocation or an expiry. */
  readonly expelled: number;
  readonly publishes: { readonly allowed: number; readonly denied: number };
  readonly subscriptions: { readonly allowed: number; readonly denied: number };
}

export interface TokenBroker {
  readonly port: number;
  /** `mqtt://127.0.0.1:port` */
  readonly url: string;
  stats(): BrokerStats;
  /** Expels clients whose token has expired by the book's clock; also runs by itself several times a second. */
  sweep(): void;
  /** Resolves when the port is free and every connection is closed. */
  close(): Promise<void>;
}

/** Payload of the notices is JSON: `{code, message}`. */
const invalidNotice = '$SYS/tokenInvalidNotice';
const expireNotice = '$SYS/tokenExpireNotice';
const noticeTopics = [invalidNotice, expireNotice];
const sweepEveryMs = 250;
const partingMs = 1_000;

// CONNACK codes of MQTT 3.1.1: 4 for what is no valid login at all, 5 for one that may not.
const badCredentials: readonly NoticeReason[] = ['forged', 'bad signature', 'account'];

/** Starts the broker. Rejects with the system's error when the port cannot be had. */
export async function startBroker({ port: wanted = 0, book }: BrokerOptions): Promise<TokenBroker> {
  const sessions = new Map<Client, Session>();
  const publishes = { allowed: 0, denied: 0 };
  const subscriptions = { allowed: 0, denied: 0 };
  let [admitted, refused, expelled] = [0, 0, 0];
  const aedes = await Aedes.createBroker({
    authenticate: (client, userName, password, done) => {
      const verdict = judgeLogin(book, userName, password?.toString());
      if ('refused' in verdict) {
        refused += 1;
        const returnCode = badCredentials.includes(verdict.refused) ? 4 : 5;
        return done(Object.assign(new Error(verdict.refused), { returnCode } as const), false);
      }
      admitted += 1;
      sessions.set(client, verdict.session);
      done(null, true);
    },
    authorizePublish: (client, packet, done) => {
      const session = client === null ? undefined : sessions.get(client);
      const reason = session === undefined ? 'account' : whyNot(book, session, 'W', packet.topic);
      if (client === null || session === undefined || reason !== undefined) {
        publishes.denied += 1;
        if (client === null || client.closed) return done(new Error(reason));
        // Only once the client is gone: an error at once would cut it off before it has read why.
        client.conn.once('close', () => done(new Error(reason)));
        return dismiss(client, reason ?? 'account');
      }
      publishes.allowed += 1;
      done(null);
    },
    authorizeSubscribe: (client, subscription, done) => {
      const session = sessions.get(client);
      const open = noticeTopics.includes(subscription.topic);
      const reason = session === undefined ? 'account' : whyNot(book, session, 'R', subscription.topic);
      if (open || reason === undefined) {
        subscriptions.allowed += 1;
        return done(null, subscription);
      }
      subscriptions.denied += 1;
      tell(client, reason, () => done(null, null));
    },
    // A token may die between two sweeps; not a single message goes out on it after that.
    authorizeForward: (client, packet) => {
      const session = sessions.get(client);
      const alive = session !== undefined && whyOver(book, session) === undefined;
      return alive || noticeTopics.includes(packet.topic) ? packet : null;
    },
  });
  aedes.on('clientDisconnect', (client) => sessions.delete(client));

  function tell(client: Client, reason: NoticeReason, told: () => void): void {
    const topic = reason === 'expired' ? expireNotice : invalidNotice;
    const payload = JSON.stringify({ code: noticeCodes[reason], message: reason });
    client.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, told);
  }

  function dismiss(client: Client, reason: NoticeReason): void {
    sessions.delete(client);
    tell(client, reason, () => {
      client.conn.end();
      const impatience = setTimeout(() => client.conn.destroy(), partingMs);
      client.conn.once('close', () => clearTimeout(impatience));
    });
  }

  function sweep(): void {
    for (const [client, session] of [...sessions]) {
      const reason = whyOver(book, session);
      if (reason === undefined) continue;
      expelled += 1;
      dismiss(client, reason);
    }
  }

  const sockets = new Sockets();
  const server = createServer((socket) => aedes.handle(socket));
  sockets.watch(server);
  const sweeping = setInterval(sweep, sweepEveryMs).unref();
  const forgetRevocations = book.onRevoked(sweep);
  const close = (): Promise<void> => {
    clearInterval(sweeping);
    forgetRevocations();
    const stopped = Promise.all([
      new Promise<void>((resolve) => aedes.close(resolve)),
      new Promise<void>((resolve) => server.close(() => resolve())),
    ]);
    sockets.destroyAll();
    return stopped.then(() => undefined);
  };
  try {
    const port = await listenOnLoopback(server, wanted);
    return {
      port,
      url: `mqtt://127.0.0.1:${port}`,
      stats: () => ({
        connected: aedes.connectedClients,
        admitted,
        refused,
        expelled,
        publishes: { ...publishes },
        subscriptions: { ...subscriptions },
      }),
      sweep,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
