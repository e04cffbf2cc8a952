// The options of curl that decide what is sent, and the names of those that only concern curl itself.
// An unknown option is refused by name: whether it takes a value cannot be guessed.

/** What the value of an option is for. */
export type CurlMeaning =
  | 'url'
  | 'method'
  | 'header'
  | 'data'
  | 'raw-data'
  | 'encoded-data'
  | 'json'
  | 'query'
  | 'form'
  | 'form-string'
  | 'get'
  | 'head'
  | 'nothing';

/** One option, or the URL, as it stands in the command. */
export interface CurlSetting {
  readonly name: string;
  readonly meaning: CurlMeaning;
  /** Empty for an option without one. */
  readonly value: string;
}

const telling: Readonly<Record<string, CurlMeaning>> = {
  '--url': 'url',
  '-X': 'method',
  '--request': 'method',
  '-H': 'header',
  '--header': 'header',
  '-d': 'data',
  '--data': 'data',
  '--data-ascii': 'data',
  '--data-binary': 'data',
  '--data-raw': 'raw-data',
  '--data-urlencode': 'encoded-data',
  '--json': 'json',
  '--url-query': 'query',
  '-F': 'form',
  '--form': 'form',
  '--form-string': 'form-string',
};
const tellingSwitches: Readonly<Record<string, CurlMeaning>> = {
  '-G': 'get',
  '--get': 'get',
  '-I': 'head',
  '--head': 'head',
};

const named = (names: string) =>
  names.split(' ').map((name) => (name.length === 1 ? `-${name}` : `--${name}`));
const passedOverWithValue: ReadonlySet<string> = new Set(
  named(
    'A b c E e K m o P r T u w x y Y z C D U t user-agent cookie cookie-jar cert config max-time output range user ' +
      'write-out proxy proxy-user continue-at dump-header cacert capath key pass connect-timeout resolve connect-to ' +
      'retry retry-delay retry-max-time interface limit-rate referer max-redirs tls-max ciphers dns-servers ' +
      'expect100-timeout keepalive-time noproxy stderr trace trace-ascii unix-socket',
  ),
);
const passedOver: ReadonlySet<string> = new Set(
  named(
    '0 1 2 3 4 6 a f g i j k l L n N O p q R s S v Z # insecure silent show-error verbose include location compressed ' +
      'fail fail-with-body globoff http1.0 http1.1 http2 ipv4 ipv6 no-buffer no-progress-meter progress-bar ' +
      'path-as-is raw tlsv1.2 tlsv1.3 ssl-no-revoke no-keepalive tcp-nodelay post301 post302 remote-name netrc',
  ),
);

export type CurlSettings =
  | { readonly ok: true; readonly settings: readonly CurlSetting[] }
  | { readonly ok: false; readonly problem: string };

/** @param words what follows `curl` */
export function curlSettings(words: readonly string[]): CurlSettings {
  const settings: CurlSetting[] = [];
  const queue = [...words];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (!word.startsWith('-') || word.length === 1) {
      settings.push({ name: 'URL', meaning: 'url', value: word });
      continue;
    }
    // `-sXPOST`: letters stand together, and the first that takes a value takes the rest.
    const isLong = word.startsWith('--');
    const name = isLong ? word : word.slice(0, 2);
    const rest = isLong ? '' : word.slice(2);
    const meaning = Object.hasOwn(telling, name) ? telling[name] : undefined;
    if (meaning !== undefined || passedOverWithValue.has(name)) {
      const value = rest === '' ? queue.shift() : rest;
      if (value === undefined) return { ok: false, problem: `the curl option ${name} lacks its value` };
      settings.push({ name, meaning: meaning ?? 'nothing', value });
      continue;
    }
    const meaningOfSwitch = Object.hasOwn(tellingSwitches, name) ? tellingSwitches[name] : undefined;
    if (meaningOfSwitch === undefined && !passedOver.has(name)) {
      return { ok: false, problem: `the curl option ${shown(name)} is not known here: leave it out` };
    }
    settings.push({ name, meaning: meaningOfSwitch ?? 'nothing', value: '' });
    if (rest !== '') queue.unshift(`-${rest}`);
  }
  return { ok: true, settings };
}

/** An option's name without what may be a value behind `=`. */
function shown(name: string): string {
  return name.replace(/=.*/s, '=…').slice(0, 40);
}
