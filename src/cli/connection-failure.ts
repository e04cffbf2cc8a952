// Why a server could not be asked, in words for the person at the terminal. Shared by the commands that make calls.

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: nothing listens there',
  ECONNRESET: 'the connection was reset',
  ENOTFOUND: 'the host name cannot be resolved',
  EAI_AGAIN: 'the host name cannot be resolved at the moment',
  UND_ERR_SOCKET: 'the connection was closed before the answer',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is far longer than it should be',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS: write http:// in front',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the server does not speak TLS: write http:// in front',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed: set NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain is not trusted: set NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate chain is not trusted: set NODE_EXTRA_CA_CERTS',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
};

/** @returns a sentence with the code of the error; never the error's own message, which may hold the URL */
export function connectionFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const known = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  return known === undefined ? `the call failed (${code})` : `${known} (${code})`;
}
