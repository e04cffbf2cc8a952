// Connects to an MQTT broker with a token once and leaves again: the last proof that a token is good.
// Publishes and subscribes nothing.

export interface TokenConnection {
  /** `mqtt://host:port` or `mqtts://host:port`. */
  readonly url: string;
  readonly clientId: string;
  readonly username: string;
  readonly token: string;
  /** For connecting and the broker's answer, ms. */
  readonly timeoutMs?: number;
}

const schemes = new Set(['mqtt:', 'mqtts:']);

/** @returns a URL for what `--mqtt` says, null when it cannot be one */
export function mqttAddress(text: string): string | null {
  const address = text.includes('://') ? text : `mqtt://${text}`;
  if (!URL.canParse(address)) return null;
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(address);
  const isPlain = /^\/?$/.test(pathname) && `${search}${hash}${username}${password}` === '';
  if (!isPlain || !schemes.has(protocol) || hostname === '') return null;
  return `${protocol}//${hostname}:${port === '' ? (protocol === 'mqtts:' ? '8883' : '1883') : port}`;
}

/** @returns what went wrong, without the token; undefined when the broker admitted it */
export async function connectWithToken(connection: TokenConnection): Promise<string | undefined> {
  // Loaded here, so that no other command waits for it.
  const { default: mqtt } = await import('mqtt');
  const { url, clientId, username, token, timeoutMs = 5_000 } = connection;
  return new Promise((resolve) => {
    const client = mqtt.connect(url, {
      clientId,
      username,
      password: `RW|${token}`,
      protocolVersion: 4,
      reconnectPeriod: 0,
      connectTimeout: timeoutMs,
    });
    let settled = false;
    const settle = (problem: string | undefined): void => {
      // Ending the client closes the connection, which would settle it anew.
      if (settled) return;
      settled = true;
      client.end(true, () => resolve(problem));
    };
    client.once('connect', () => settle(undefined));
    client.on('error', (error) => settle(`${url}: ${reason(error)}`));
    client.once('close', () => settle(`${url}: the connection was closed before the broker answered`));
  });
}

const returnCodes: Readonly<Record<string, string>> = {
  1: 'protocol version refused',
  2: 'client id refused',
  3: 'broker unavailable',
  4: 'bad user name or password',
  5: 'not authorised',
};

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return Object.hasOwn(returnCodes, code)
    ? `${returnCodes[code]} (return code ${code})`
    : `no connection (${code})`;
}
