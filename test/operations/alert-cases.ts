// For every alert: series under which it fires, and others under which it must not. rules.test.ts hands each to promtool.
// Series are as promtool writes them, one value a minute: `0+6x120` is 0 and then 6 more in each of 120 minutes.

export interface AlertCase {
  readonly alert: string;
  /** Ends the sentence "fires when …" or "is silent when …". */
  readonly when: string;
  readonly series: Readonly<Record<string, string>>;
  /** When to look: `75m`. */
  readonly at: string;
  /** Labels of each alert that fires then, without its name and severity; none: silent. */
  readonly fires: readonly Readonly<Record<string, string>>[];
}

const fleet = { job: 'proxy', namespace: 'iot' } as const;
const a = 'job="proxy",namespace="iot",instance="a"';
const b = 'job="proxy",namespace="iot",instance="b"';
/** So many minutes of nothing happening. */
const still = (minutes: number, value = 0) => `${value}+0x${minutes}`;
/** So many a minute, over so many minutes. */
const grows = (perMinute: number, minutes: number) => `0+${perMinute}x${minutes}`;

const requests = (at: string, outcome: string) =>
  `token_proxy_requests_total{${at},route="apply",backend="gateway",account="shop",outcome="${outcome}"}`;
const calls = (at: string, backend: string, outcome: string, action = 'apply') =>
  `token_proxy_backend_calls_total{${at},backend="${backend}",action="${action}",outcome="${outcome}"}`;
const decisions = (at: string, backend: string, reason = 'weight') =>
  `token_proxy_decisions_total{${at},backend="${backend}",reason="${reason}"}`;
const weight = (at: string) => `token_proxy_split_weight_ratio{${at},backend="gateway"}`;
const breaker = (at: string, state: string, backend = 'gateway') =>
  `token_proxy_circuit_breaker_state{${at},backend="${backend}",action="apply",state="${state}"}`;
const quotaUsed = (at: string, scope: string, account: string) =>
  `token_proxy_quota_used_ratio{${at},scope="${scope}",account="${account}",action="apply"}`;
const lost = (at: string) => `token_proxy_possibly_lost_tokens_total{${at},backend="gateway"}`;
const shadowed = (at: string, result: string) => `token_proxy_shadow_total{${at},result="${result}"}`;
const rollout = (at: string, state: string) => `token_proxy_rollout_state{${at},state="${state}"}`;
const build = (at: string) => `token_proxy_build_info{${at},version="0.1.0",node_version="v24.0.0"}`;

/** Ends of validity count from the moment 0 of the test. */
const days = (count: number) => still(10, count * 86_400 + 300);

export const alertCases: readonly AlertCase[] = [
  {
    alert: 'TokenProxyFaultsFast',
    when: 'one call in ten ends in a fault, over replicas of which one starts again',
    series: {
      [requests(a, 'ok')]: grows(54, 70),
      [requests(b, 'ok')]: `${grows(54, 30)} ${grows(54, 40)}`,
      [requests(a, 'fault')]: grows(6, 70),
      [requests(b, 'fault')]: `${grows(6, 30)} ${grows(6, 40)}`,
    },
    at: '70m',
    fires: [fleet],
  },
  {
    alert: 'TokenProxyFaultsFast',
    when: 'one call in fifty ends in a fault',
    series: { [requests(a, 'ok')]: grows(98, 70), [requests(a, 'fault')]: grows(2, 70) },
    at: '70m',
    fires: [],
  },
  {
    alert: 'TokenProxyFaultsFast',
    when: 'the faults are over',
    series: { [requests(a, 'ok')]: grows(60, 90), [requests(a, 'fault')]: `0+20x40 ${still(50, 800)}` },
    at: '60m',
    fires: [],
  },
  {
    alert: 'TokenProxyFaultsFast',
    when: 'the only call in an hour ends in a fault',
    series: { [requests(a, 'ok')]: still(70), [requests(a, 'fault')]: `${still(60)} 1+0x10` },
    at: '62m',
    fires: [],
  },
  {
    alert: 'TokenProxyFaultsFast',
    when: 'callers make mistakes, lack permissions and are throttled',
    series: Object.fromEntries(
      ['rejected', 'denied', 'throttled'].map((outcome) => [requests(a, outcome), grows(60, 70)]),
    ),
    at: '70m',
    fires: [],
  },
  {
    alert: 'TokenProxyFaultsSlow',
    when: 'one call in 25 ends in a fault for hours',
    series: { [requests(a, 'ok')]: grows(48, 400), [requests(a, 'fault')]: grows(2, 400) },
    at: '390m',
    fires: [fleet],
  },
  {
    alert: 'TokenProxyFaultsSlow',
    when: 'one call in a hundred does',
    series: { [requests(a, 'ok')]: grows(99, 400), [requests(a, 'fault')]: grows(1, 400) },
    at: '390m',
    fires: [],
  },
  {
    alert: 'TokenProxyBackendFaultsFast',
    when: 'the gateway fails one call in five, and names no other backend',
    series: {
      [calls(a, 'gateway', 'ok')]: grows(40, 70),
      [calls(a, 'gateway', 'fault')]: grows(10, 70),
      [calls(a, 'legacy', 'ok')]: grows(50, 70),
    },
    at: '70m',
    fires: [{ ...fleet, backend: 'gateway' }],
  },
  {
    alert: 'TokenProxyBackendFaultsFast',
    when: 'the old service is down altogether',
    series: { [calls(a, 'gateway', 'ok')]: grows(50, 70), [calls(a, 'legacy', 'fault')]: grows(50, 70) },
    at: '70m',
    fires: [{ ...fleet, backend: 'legacy' }],
  },
  {
    alert: 'TokenProxyBackendFaultsFast',
    when: 'the gateway refuses and throttles',
    series: {
      [calls(a, 'gateway', 'throttled')]: grows(40, 70),
      [calls(a, 'gateway', 'denied')]: grows(10, 70),
    },
    at: '70m',
    fires: [],
  },
  {
    alert: 'TokenProxyBackendFaultsSlow',
    when: 'the gateway fails one call in 25 for hours',
    series: { [calls(a, 'gateway', 'ok')]: grows(48, 400), [calls(b, 'gateway', 'fault')]: grows(2, 400) },
    at: '390m',
    fires: [{ ...fleet, backend: 'gateway' }],
  },
  {
    alert: 'TokenProxyBackendFaultsSlow',
    when: 'it did so until half an hour ago',
    series: {
      [calls(a, 'gateway', 'ok')]: grows(48, 400),
      [calls(a, 'gateway', 'fault')]: `0+2x340 ${still(60, 680)}`,
    },
    at: '390m',
    fires: [],
  },
  {
    alert: 'TokenProxyBreakerOpen',
    when: 'the breaker of one replica stays open, a probe now and then',
    series: {
      [breaker(a, 'open')]: '0 0 1 1 0 1 1 1 1',
      [breaker(a, 'half_open')]: '0 0 0 0 1 0 0 0 0',
      [breaker(a, 'closed')]: '1 1 0 0 0 0 0 0 0',
      [breaker(b, 'open')]: still(8),
      [breaker(b, 'closed')]: still(8, 1),
    },
    at: '8m',
    fires: [{ ...fleet, backend: 'gateway', action: 'apply' }],
  },
  {
    alert: 'TokenProxyBreakerOpen',
    when: 'it opens once and heals',
    series: { [breaker(a, 'open')]: '0 0 1 0 0 0 0 0 0', [breaker(a, 'closed')]: '1 1 0 1 1 1 1 1 1' },
    at: '2m',
    fires: [],
  },
  {
    alert: 'TokenProxySlowAnswers',
    when: 'one answer in twenty takes longer than old clients wait',
    series: {
      [`token_proxy_request_duration_seconds_bucket{${a},route="apply",backend="gateway",le="4.5"}`]: grows(
        57,
        30,
      ),
      [`token_proxy_request_duration_seconds_count{${a},route="apply",backend="gateway"}`]: grows(60, 30),
    },
    at: '30m',
    fires: [fleet],
  },
  {
    alert: 'TokenProxySlowAnswers',
    when: 'all answers are in time',
    series: {
      [`token_proxy_request_duration_seconds_bucket{${a},route="apply",backend="gateway",le="4.5"}`]: grows(
        60,
        30,
      ),
      [`token_proxy_request_duration_seconds_count{${a},route="apply",backend="gateway"}`]: grows(60, 30),
    },
    at: '30m',
    fires: [],
  },
  {
    alert: 'TokenProxyShareOffWeight',
    when: 'half of the calls go to the gateway at a weight of a fifth',
    series: {
      [decisions(a, 'gateway')]: grows(60, 60),
      [decisions(b, 'legacy')]: grows(60, 60),
      [weight(a)]: still(60, 0.2),
      [weight(b)]: still(60, 0.2),
    },
    at: '50m',
    fires: [fleet],
  },
  {
    alert: 'TokenProxyShareOffWeight',
    when: 'nothing goes to the gateway at a weight of a half',
    series: { [decisions(a, 'legacy')]: grows(100, 60), [weight(a)]: still(60, 0.5) },
    at: '50m',
    fires: [fleet],
  },
  {
    alert: 'TokenProxyShareOffWeight',
    when: 'the share is what the weight says, whatever overrides do',
    series: {
      [decisions(a, 'gateway')]: grows(22, 60),
      [decisions(a, 'legacy')]: grows(78, 60),
      [decisions(a, 'gateway', 'override')]: grows(500, 60),
      [weight(a)]: still(60, 0.2),
    },
    at: '50m',
    fires: [],
  },
  {
    alert: 'TokenProxyShareOffWeight',
    when: 'there are too few calls to tell',
    series: { [decisions(a, 'gateway')]: grows(30, 60), [weight(a)]: still(60, 0.2) },
    at: '50m',
    fires: [],
  },
  {
    alert: 'TokenProxyShareOffWeight',
    when: 'the weight has just been moved',
    series: {
      [decisions(a, 'legacy')]: `0+100x30 3000+0x30`,
      [decisions(a, 'gateway')]: `0+0x30 0+100x30`,
      [weight(a)]: `0+0x30 1+0x30`,
    },
    at: '38m',
    fires: [],
  },
  {
    alert: 'TokenProxyWeightsDiffer',
    when: 'one replica has not heard of the new weight',
    series: { [weight(a)]: still(20, 0.25), [weight(b)]: still(20, 0.05) },
    at: '10m',
    fires: [fleet],
  },
  {
    alert: 'TokenProxyWeightsDiffer',
    when: 'all replicas have the same weight, and another fleet another',
    series: {
      [weight(a)]: still(20, 0.25),
      [weight(b)]: still(20, 0.25),
      [weight('job="proxy",namespace="staging",instance="c"')]: still(20, 1),
    },
    at: '10m',
    fires: [],
  },
  {
    alert: 'TokenProxyWeightsDiffer',
    when: 'a new weight is on its way',
    series: { [weight(a)]: '0.05 0.25 0.25', [weight(b)]: '0.05 0.05 0.25' },
    at: '1m',
    fires: [],
  },
  {
    alert: 'TokenProxyFallingBack',
    when: 'one apply call in ten falls back',
    series: {
      [`token_proxy_fallbacks_total{${a},action="apply",cause="fault"}`]: grows(6, 30),
      [requests(a, 'ok')]: grows(60, 30),
    },
    at: '25m',
    fires: [fleet],
  },
  {
    alert: 'TokenProxyFallingBack',
    when: 'one in a hundred does',
    series: {
      [`token_proxy_fallbacks_total{${a},action="apply",cause="fault"}`]: grows(6, 30),
      [requests(a, 'ok')]: grows(600, 30),
    },
    at: '25m',
    fires: [],
  },
  {
    alert: 'TokenProxySignaturesDisagree',
    when: 'the proxy would refuse what the old service accepts, of one account',
    series: {
      [`token_proxy_signature_agreement_total{${a},account="shop",verdict="proxy_rejects"}`]: grows(1, 20),
      [`token_proxy_signature_agreement_total{${a},account="shop",verdict="agree"}`]: grows(100, 20),
      [`token_proxy_signature_agreement_total{${a},account="other",verdict="agree"}`]: grows(100, 20),
    },
    at: '10m',
    fires: [{ ...fleet, account: 'shop', verdict: 'proxy_rejects' }],
  },
  {
    alert: 'TokenProxySignaturesDisagree',
    when: 'both agree, in what they refuse as well',
    series: {
      [`token_proxy_signature_agreement_total{${a},account="shop",verdict="agree"}`]: grows(100, 20),
    },
    at: '10m',
    fires: [],
  },
  {
    alert: 'TokenProxyPossiblyLostTokens',
    when: 'one apply call in twenty gets no readable answer from the gateway',
    series: {
      [lost(a)]: grows(3, 70),
      [calls(a, 'gateway', 'fault')]: grows(3, 70),
      [calls(b, 'gateway', 'ok')]: grows(57, 70),
    },
    at: '65m',
    fires: [{ ...fleet, backend: 'gateway' }],
  },
  {
    alert: 'TokenProxyPossiblyLostTokens',
    when: 'one in a thousand does, and queries, which make no token, are few',
    series: {
      [lost(a)]: grows(1, 70),
      [calls(a, 'gateway', 'ok')]: grows(1000, 70),
      [calls(a, 'gateway', 'ok', 'query')]: grows(1, 70),
    },
    at: '65m',
    fires: [],
  },
  {
    alert: 'TokenProxyPossiblyLostTokens',
    when: 'a few do in a quiet night',
    series: { [lost(a)]: `${still(30)} 5+0x40`, [calls(a, 'gateway', 'ok')]: grows(1, 70) },
    at: '65m',
    fires: [],
  },
  {
    alert: 'TokenProxyRolloutAborted',
    when: 'a rollout was aborted a quarter of an hour ago',
    series: {
      [rollout(a, 'progressing')]: `${still(30, 1)} ${still(30)}`,
      [rollout(a, 'aborted')]: `${still(30)} ${still(30, 1)}`,
      [rollout(b, 'progressing')]: `${still(30, 1)} ${still(30)}`,
      [rollout(b, 'aborted')]: `${still(30)} ${still(30, 1)}`,
    },
    at: '45m',
    fires: [fleet],
  },
  {
    alert: 'TokenProxyRolloutAborted',
    when: 'it was aborted long ago, and replicas have been replaced since',
    series: {
      [rollout(a, 'progressing')]: `${still(30, 1)} ${still(10)} stale`,
      [rollout(a, 'aborted')]: `${still(30)} ${still(10, 1)} stale`,
      [rollout(b, 'progressing')]: `_x40 ${still(90)}`,
      [rollout(b, 'aborted')]: `_x40 ${still(90, 1)}`,
    },
    at: '120m',
    fires: [],
  },
  {
    alert: 'TokenProxyRolloutAborted',
    when: 'the rollout goes on again after an abort',
    series: {
      [rollout(a, 'aborted')]: `${still(20, 1)} ${still(30)}`,
      [rollout(a, 'progressing')]: `${still(20)} ${still(30, 1)}`,
    },
    at: '40m',
    fires: [],
  },
  {
    alert: 'TokenProxyRolloutCannotGoBack',
    when: 'the rollout holds while the old service is down',
    series: {
      [rollout(a, 'holding')]: still(20, 1),
      [breaker(a, 'open', 'legacy')]: '0 0 1 1 1 1 0 1 1 1 1',
    },
    at: '8m',
    fires: [fleet],
  },
  {
    alert: 'TokenProxyRolloutCannotGoBack',
    when: 'it holds while the gateway fails, since there is no old service',
    series: {
      [rollout(a, 'holding')]: still(20, 1),
      [calls(a, 'gateway', 'ok')]: grows(40, 20),
      [calls(a, 'gateway', 'fault')]: grows(20, 20),
    },
    at: '15m',
    fires: [fleet],
  },
  {
    alert: 'TokenProxyRolloutCannotGoBack',
    when: 'it waits to be promoted, or is aborted, and both backends are well',
    series: {
      [rollout(a, 'holding')]: still(20, 1),
      [rollout('job="proxy",namespace="staging",instance="c"', 'aborted')]: still(20, 1),
      [breaker('job="proxy",namespace="staging",instance="c"', 'open', 'legacy')]: still(20, 1),
      [calls(a, 'gateway', 'ok')]: grows(60, 20),
      [calls(a, 'gateway', 'fault')]: grows(1, 20),
    },
    at: '15m',
    fires: [],
  },
  {
    alert: 'TokenProxyShadowMismatches',
    when: 'the gateway says something else now and then',
    series: {
      [shadowed(a, 'match')]: grows(50, 40),
      [shadowed(a, 'mismatch')]: `${still(20)} 2+0x20`,
      [shadowed(b, 'mismatch')]: `${still(22)} 2+0x18`,
    },
    at: '30m',
    fires: [fleet],
  },
  {
    alert: 'TokenProxyShadowMismatches',
    when: 'both say the same, calls are dropped, and the gateway does not answer',
    series: Object.fromEntries(
      ['match', 'error', 'dropped'].map((result) => [shadowed(a, result), grows(50, 40)]),
    ),
    at: '30m',
    fires: [],
  },
  {
    alert: 'TokenProxyQuotaNearlyUsed',
    when: 'nine tenths of a budget are used for minutes, between calmer looks',
    series: {
      [quotaUsed(a, 'account', 'shop')]: '0.9 0.3 0.95 0.2 0.9 0.1 0.9 0.9 0.2 0.9 0.9',
      [quotaUsed(a, 'account', 'farm')]: still(10, 0.5),
      [quotaUsed(a, 'address', '')]: still(10, 0.85),
    },
    at: '10m',
    fires: [
      { ...fleet, scope: 'account', account: 'shop', action: 'apply' },
      { ...fleet, scope: 'address', action: 'apply' },
    ],
  },
  {
    alert: 'TokenProxyQuotaNearlyUsed',
    when: 'a peak comes and goes',
    series: { [quotaUsed(a, 'account', 'shop')]: '0.2 0.2 0.95 0.2 _ _ 0.3 0.1 0.2 0.2 0.2' },
    at: '3m',
    fires: [],
  },
  {
    alert: 'TokenProxyQuotaRefusals',
    when: 'calls of two replicas are refused for the quotas',
    series: {
      [`token_proxy_quota_refusals_total{${a},action="apply"}`]: `${still(4)} 30+10x5`,
      [`token_proxy_quota_refusals_total{${b},action="apply"}`]: grows(1, 10),
      [`token_proxy_quota_refusals_total{${a},action="revoke"}`]: still(10),
    },
    at: '8m',
    fires: [{ ...fleet, action: 'apply' }],
  },
  {
    alert: 'TokenProxyQuotaRefusals',
    when: 'none was refused lately, and a restart sets the count back',
    series: { [`token_proxy_quota_refusals_total{${a},action="apply"}`]: '70 70 70 70 70 0 0 0 0 0 0' },
    at: '9m',
    fires: [],
  },
  {
    alert: 'TokenProxyAccountHeldBack',
    when: 'the gateway says that an account is over its rate',
    series: { [`token_proxy_quota_held_back_total{${a},action="apply"}`]: '0 0 0 1 1 1 1' },
    at: '5m',
    fires: [{ ...fleet, action: 'apply' }],
  },
  {
    alert: 'TokenProxyAccountHeldBack',
    when: 'that was half an hour ago',
    series: { [`token_proxy_quota_held_back_total{${a},action="apply"}`]: `0 0 0 1 ${still(30, 1)}` },
    at: '30m',
    fires: [],
  },
  {
    alert: 'TokenProxyAddressBlockRisk',
    when: 'two replicas together make more calls than an address may',
    series: {
      [calls(a, 'gateway', 'ok')]: grows(160 * 60, 10),
      [calls(b, 'gateway', 'ok')]: grows(100 * 60, 10),
      [calls(b, 'gateway', 'throttled')]: grows(30 * 60, 10),
    },
    at: '5m',
    fires: [{ ...fleet, action: 'apply' }],
  },
  {
    alert: 'TokenProxyAddressBlockRisk',
    when: 'they make as many as one replica lets pass, of two actions, and the old service gets more',
    series: {
      [calls(a, 'gateway', 'ok')]: grows(135 * 60, 10),
      [calls(b, 'gateway', 'ok')]: grows(135 * 60, 10),
      [calls(b, 'gateway', 'ok', 'query')]: grows(200 * 60, 10),
      [calls(b, 'legacy', 'ok')]: grows(900 * 60, 10),
    },
    at: '5m',
    fires: [],
  },
  {
    alert: 'TokenProxyQuotaApart',
    when: 'a replica goes from waiting for the shared quotas to its own share',
    series: {
      [`token_proxy_quota_mode{${a},mode="shared"}`]: '1 0 0 0 0',
      [`token_proxy_quota_mode{${a},mode="pause"}`]: '0 1 0 0 0',
      [`token_proxy_quota_mode{${a},mode="share"}`]: '0 0 1 1 1',
      [`token_proxy_quota_mode{${b},mode="shared"}`]: still(4, 1),
      [`token_proxy_quota_mode{${b},mode="share"}`]: still(4),
    },
    at: '2m',
    fires: [{ ...fleet, instance: 'a' }],
  },
  {
    alert: 'TokenProxyQuotaApart',
    when: 'replicas share the quotas, or have never meant to',
    series: {
      [`token_proxy_quota_mode{${a},mode="shared"}`]: still(10, 1),
      [`token_proxy_quota_mode{${a},mode="pause"}`]: still(10),
      [`token_proxy_quota_mode{${b},mode="own"}`]: still(10, 1),
      [`token_proxy_quota_mode{${b},mode="share"}`]: still(10),
    },
    at: '5m',
    fires: [],
  },
  {
    alert: 'TokenProxyReloadFailed',
    when: 'a replica has refused a configuration',
    series: {
      [`token_proxy_config_last_reload_successful{${a}}`]: '1 1 0 0',
      [`token_proxy_config_last_reload_successful{${b}}`]: still(3, 1),
    },
    at: '3m',
    fires: [{ ...fleet, instance: 'a' }],
  },
  {
    alert: 'TokenProxyReloadFailed',
    when: 'it has been mended',
    series: { [`token_proxy_config_last_reload_successful{${a}}`]: '1 0 0 1 1' },
    at: '4m',
    fires: [],
  },
  {
    alert: 'TokenProxyCertificateExpiring',
    when: 'a certificate ends in 29 days',
    series: {
      [`token_proxy_certificate_not_after_timestamp_seconds{${a},listener="listen[1]"}`]: days(29),
      [`token_proxy_certificate_not_after_timestamp_seconds{${a},listener="listen[2]"}`]: days(60),
    },
    at: '5m',
    fires: [{ ...fleet, instance: 'a', listener: 'listen[1]' }],
  },
  {
    alert: 'TokenProxyCertificateExpiring',
    when: 'it ends in 31 days, or so soon that the other alert fires',
    series: {
      [`token_proxy_certificate_not_after_timestamp_seconds{${a},listener="listen[1]"}`]: days(31),
      [`token_proxy_certificate_not_after_timestamp_seconds{${b},listener="listen[1]"}`]: days(6),
    },
    at: '5m',
    fires: [],
  },
  {
    alert: 'TokenProxyCertificateExpiringSoon',
    when: 'a certificate ends in six days, or has ended',
    series: {
      [`token_proxy_certificate_not_after_timestamp_seconds{${a},listener="listen[1]"}`]: days(6),
      [`token_proxy_certificate_not_after_timestamp_seconds{${b},listener="listen[1]"}`]: still(10, 1),
    },
    at: '5m',
    fires: ['a', 'b'].map((instance) => ({ ...fleet, instance, listener: 'listen[1]' })),
  },
  {
    alert: 'TokenProxyCertificateExpiringSoon',
    when: 'it ends in eight days',
    series: { [`token_proxy_certificate_not_after_timestamp_seconds{${a},listener="listen[1]"}`]: days(8) },
    at: '5m',
    fires: [],
  },
  {
    alert: 'TokenProxyStoreDown',
    when: 'the store of one replica is down',
    series: { [`token_proxy_store_up{${a}}`]: '1 0 0 0', [`token_proxy_store_up{${b}}`]: '1 1 1 1' },
    at: '3m',
    fires: [{ ...fleet, instance: 'a' }],
  },
  {
    alert: 'TokenProxyStoreDown',
    when: 'it was away for a moment',
    series: { [`token_proxy_store_up{${a}}`]: '1 0 1 1' },
    at: '1m',
    fires: [],
  },
  {
    alert: 'TokenProxyClockOff',
    when: 'a clock is two minutes behind, or ahead',
    series: {
      [`token_proxy_gateway_clock_offset_seconds{${a}}`]: still(10, 120),
      [`token_proxy_gateway_clock_offset_seconds{${b}}`]: still(10, -120),
    },
    at: '8m',
    fires: ['a', 'b'].map((instance) => ({ ...fleet, instance })),
  },
  {
    alert: 'TokenProxyClockOff',
    when: 'it is a few seconds off, or so far that the other alert fires',
    series: {
      [`token_proxy_gateway_clock_offset_seconds{${a}}`]: still(10, 3),
      [`token_proxy_gateway_clock_offset_seconds{${b}}`]: still(10, 700),
    },
    at: '8m',
    fires: [],
  },
  {
    alert: 'TokenProxyClockFarOff',
    when: 'a clock is twelve minutes ahead',
    series: { [`token_proxy_gateway_clock_offset_seconds{${a}}`]: still(10, -720) },
    at: '5m',
    fires: [{ ...fleet, instance: 'a' }],
  },
  {
    alert: 'TokenProxyClockFarOff',
    when: 'it is nine minutes ahead',
    series: { [`token_proxy_gateway_clock_offset_seconds{${a}}`]: still(10, -540) },
    at: '5m',
    fires: [],
  },
  {
    alert: 'TokenProxyReplicaDown',
    when: 'one replica of two does not answer',
    series: {
      [`up{${a}}`]: '1 1 0 0 0 0',
      [`up{${b}}`]: '1 1 1 1 1 1',
      [build(a)]: '1 1 stale',
      [build(b)]: still(5, 1),
    },
    at: '5m',
    fires: [{ ...fleet, instance: 'a' }],
  },
  {
    alert: 'TokenProxyReplicaDown',
    when: 'a target of somebody else is down',
    series: {
      'up{job="database",instance="d"}': still(10),
      [`up{${a}}`]: still(10, 1),
      [build(a)]: still(10, 1),
    },
    at: '8m',
    fires: [],
  },
  {
    alert: 'TokenProxyReplicaDown',
    when: 'one scrape fails',
    series: { [`up{${a}}`]: '1 1 0 1 1', [build(a)]: '1 1 stale 1 1' },
    at: '2m',
    fires: [],
  },
  {
    alert: 'TokenProxyReplicasFewer',
    when: 'one of three replicas has vanished',
    series: {
      [build(a)]: still(80, 1),
      [build(b)]: still(80, 1),
      [build('job="proxy",namespace="iot",instance="c"')]: `${still(60, 1)} stale`,
    },
    at: '70m',
    fires: [fleet],
  },
  {
    alert: 'TokenProxyReplicasFewer',
    when: 'a rolling restart had one more than usual',
    series: {
      [build(a)]: `${still(60, 1)} stale`,
      [build(b)]: still(80, 1),
      [build('job="proxy",namespace="iot",instance="c"')]: `_x55 1+0x25`,
    },
    at: '70m',
    fires: [],
  },
  {
    alert: 'TokenProxyGone',
    when: 'the last replica has vanished, and its target with it',
    series: { [build(a)]: `${still(60, 1)} stale`, [`up{${a}}`]: `${still(60, 1)} stale` },
    at: '70m',
    fires: [fleet],
  },
  {
    alert: 'TokenProxyGone',
    when: 'another replica is still there',
    series: { [build(a)]: `${still(60, 1)} stale`, [build(b)]: still(80, 1) },
    at: '70m',
    fires: [],
  },
  {
    alert: 'TokenProxyGone',
    when: 'the only one starts again',
    series: { [build(a)]: `${still(60, 1)} stale 1+0x10` },
    at: '61m',
    fires: [],
  },
  {
    alert: 'TokenProxyEventLoopSlow',
    when: 'the loop of a replica lags for long',
    series: { [`nodejs_eventloop_lag_p99_seconds{${a}}`]: still(20, 0.4), [build(a)]: still(20, 1) },
    at: '15m',
    fires: [{ ...fleet, instance: 'a' }],
  },
  {
    alert: 'TokenProxyEventLoopSlow',
    when: 'a replica lags while it starts',
    series: { [`nodejs_eventloop_lag_p99_seconds{${a}}`]: '0.9 0.9 0.01 0.01', [build(a)]: still(3, 1) },
    at: '1m',
    fires: [],
  },
  {
    alert: 'TokenProxyEventLoopSlow',
    when: 'the one that lags is another program on Node, or it lags a little',
    series: {
      'nodejs_eventloop_lag_p99_seconds{job="shop-site",instance="s"}': still(20, 3),
      [`nodejs_eventloop_lag_p99_seconds{${a}}`]: still(20, 0.05),
      [build(a)]: still(20, 1),
    },
    at: '15m',
    fires: [],
  },
];
