import { account, document, namesMistakes, type MistakeCase } from './kit.ts';

const legacy = { backends: { legacy: { url: 'https://old.example.com' } } };
const ram = (credentials: unknown) => document({ accounts: [account({ gateway: { credentials } })] });
// One row a line reads as a table.
// prettier-ignore
const cases: readonly MistakeCase[] = [
  ['a document that is no mapping', [1], [/^must be a mapping with the keys listen, .*, not a list$/]],
  ['an unknown key, with the nearest one', document({ spilt: {} }), ['spilt: is not a known key; did you mean `split`?']],
  ['an unknown key far from any other', document({ log: { colour: 1 } }), ['log.colour: is not a known key; known here: level, format']],
  ['an unknown key without a value', document({ log: { levl: null } }), ['log.levl: is not a known key; did you mean `level`?']],
  ['several unknown keys, each by itself', document({ reload: { a: 1, Watch: true } }), ['reload.a: is not a known key; known here: watch', 'reload.Watch: is not a known key; did you mean `watch`?']],
  ['a key named __proto__', JSON.parse( '{"store": {"type": "memory"}, "accounts": [{"name": "a", "__proto__": {}, "keys": [{"accessKey": "A", "secret": "s"}]}]}', ), [/^accounts\[0\]\.__proto__: is not a known key/]],
  ['a port out of range', document({ listen: [{ port: 65536 }] }), ['listen[0].port: must be a whole number from 0 to 65535, not 65536']],
  ['a single listener’s port at its own path', document({ listen: { port: 'x' } }), ['listen.port: must be a whole number from 0 to 65535, not "x"']],
  ['no listener', document({ listen: [] }), [/^listen: must be at least one listener/]],
  ['an admin role that does not exist', document({ admin: { tokens: [{ name: 'a', token: 't', role: 'root' }] } }), ['admin.tokens[0].role: must be read or write, not "root"']],
  ['an address that is none', document({ trustProxy: ['10.0.0.0/33', 'fe80::1%eth0', '::/0', '10.0.0.1'] }), [/^trustProxy\[0\]: must be an IP address or a CIDR/, /^trustProxy\[1\]: /]],
  ['an account without keys', document({ accounts: [account({ keys: [] })] }), [/^accounts\[0\]\.keys: must hold at least one key/]],
  ['an account named other', document({ accounts: [account({ name: 'other' })] }), [/^accounts\[0\]\.name: must be another name/]],
  ['an account name of odd form', document({ accounts: [account({ name: '-a' })] }), [/^accounts\[0\]\.name: must be a name of 1 to 64 letters.*not "-a"$/]],
  ['an instance id of odd form', document({ accounts: [account({ instances: ['a&b', { id: 'a b' }] })] }), [/^accounts\[0\]\.instances\[0\]: must be an instance id/, /^accounts\[0\]\.instances\[1\]\.id: must be an instance id/]],
  ['credentials of unknown type', ram({ type: 'magic' }), ['accounts[0].gateway.credentials.type: must be caller, access_key, sts, ram_role_arn, ecs_ram_role, oidc_role_arn or default', /instances: must list/]],
  ['credentials that are no mapping, unseen', ram('LTAI1'), [/^accounts\[0\]\.gateway\.credentials: must be a mapping with a `type` .*, not this text$/]],
  ['credentials that lack a part', document({ accounts: [account({ instances: ['a'], gateway: { credentials: { type: 'sts', accessKeyId: 'A', accessKeySecret: 's' } }})]}), [/^accounts\[0\]\.gateway\.credentials\.securityToken: is missing: must be {env: NAME}/]],
  ['a legacy URL of another scheme', { backends: { legacy: { url: 'ftp://old.example.com' } } }, [/^backends\.legacy\.url: must be an http or https URL/]],
  ['a legacy URL with a password or a query', { backends: { legacy: { url: 'https://u:p@x.example', hosts: { 'a.example': 'b.example?x=1' } } } }, [/^backends\.legacy\.url: must be/, /^backends\.legacy\.hosts\["a\.example"\]: must be/]],
  ['a host named twice', { backends: { legacy: { hosts: { 'a.example': 'x.example', 'A.example': 'y.example' } } } }, [/^backends\.legacy\.hosts\["A\.example"\]: names the same host/]],
  ['a host with a port', { backends: { legacy: { hosts: { 'a.example:80': 'x.example' } } } }, [/^backends\.legacy\.hosts\["a\.example:80"\]: must be a host name/]],
  ['an endpoint with a scheme', document({ backends: { gateway: { endpoint: 'https://a.example' } } }), [/^backends\.gateway\.endpoint: must be host or host:port/]],
  ['a share with three decimals', { ...legacy, split: { gatewayPercent: 0.125 } }, ['split.gatewayPercent: must be a number from 0 to 100 with at most two decimals, not 0.125']],
  ['request beside other fields', document({ split: { key: ['request', 'account'] } }), [/^split\.key: `request` must stand alone/]],
  ['a duration without unit', document({ deadline: 5 }), ['deadline: must be a duration above 0 such as 250ms, 5s, 10m, 2h or 1d, up to 24d, not 5']],
  ['a deadline and time-outs of nothing', document({ deadline: '0s', backends: { gateway: { timeout: '0ms' } } }), [/^backends\.gateway\.timeout: must be a duration above 0.*"0ms"/, /^deadline: .*not "0s"/]],
  ['a duration that a timer cannot hold', document({ drain: { delay: '25d' } }), [/^drain\.delay: must be a duration .*up to 24d, not "25d"/]],
  ['headroom above 90', document({ limits: { headroomPercent: 91, perAccount: { apply: 0 } } }), [/^limits\.perAccount\.apply: must be a number above 0/, 'limits.headroomPercent: must be a number from 0 to 90, not 91']],
  ['a store of unknown type', document({ store: { type: 'sqlite' } }), ['store.type: must be lmdb, redis or memory, not "sqlite"']],
  ['a redis store without URL', document({ store: { type: 'redis' } }), [/^store\.url: is missing/]],
  ['a redis URL of another scheme, unseen', document({ store: { type: 'redis', url: 'http://:pw@x' } }), ['store.url: must be a URL such as rediss://cache.example.com:6379']],
  ['a date that does not exist', document({ headers: { sunset: '2027-02-30' } }), ['headers.sunset: must be a date such as 2027-06-30, not "2027-02-30"']],
  ['a failure status of another kind', document({ answers: { failureStatus: 500 } }), ['answers.failureStatus: must be 200 or mirror, not 500']],
  ['a secret that is a number, unseen', document({ accounts: [account({ keys: [{ accessKey: 'A', secret: 123456 }] })] }), ['accounts[0].keys[0].secret: must be {env: NAME}, {file: PATH} or a text in quotes, not a number']],
  ['a secret from two places', document({ accounts: [account({ keys: [{ accessKey: 'A', secret: { env: 'A', file: 'b' } }] })] }), [/^accounts\[0\]\.keys\[0\]\.secret: must be .*: exactly one of them$/]],
  ['a variable that is not set', document({ accounts: [account({ keys: [{ accessKey: 'A', secret: { env: 'NOPE' } }] })] }), ['accounts[0].keys[0].secret: names the environment variable NOPE, which is not set']],
  ['a secret file that does not exist', document({ accounts: [account({ keys: [{ accessKey: 'A', secret: { file: '/no/such' } }] })] }), ['accounts[0].keys[0].secret: names the secret file /no/such, which does not exist']],
];

describe('mistakes of single keys', () => {
  namesMistakes(cases);
});
