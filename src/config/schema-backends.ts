// Schema of the two backends and of what guards them: `backends`, `limits`, `breaker`.
import { z } from 'zod';
import { mustUnseen, section } from './schema-section.ts';
import {
  choice,
  duration,
  headroomPercent,
  hostAndPort,
  isHost,
  legacyUrl,
  percentAboveZero,
  rate,
  regionId,
  wholeNumber,
} from './schema-values.ts';

/**
 * Old services by the request's `Host`. The result has no prototype: it is looked up by what strangers send.
 */
const hosts = z
  .record(z.string(), legacyUrl, { error: mustUnseen('a mapping from host names to URLs') })
  .transform((written, context) => {
    const found = Object.create(null) as Record<string, string>;
    for (const [key, url] of Object.entries(written)) {
      const name = key.toLowerCase();
      const problem = !isHost(name)
        ? 'must be a host name or an IP address, without scheme and port'
        : name in found
          ? 'names the same host as another key: upper and lower case are one'
          : undefined;
      if (problem === undefined) found[name] = url;
      else context.addIssue({ code: 'custom', path: [key], message: problem, input: undefined });
    }
    return found;
  });

export const backends = section({
  legacy: section({
    url: legacyUrl.default('https://mqauth.aliyuncs.com'),
    hosts: hosts.prefault({}),
    timeout: duration('above zero').prefault('3s'),
  }).optional(),
  gateway: section({
    regionId: regionId.default('cn-hangzhou'),
    endpoint: hostAndPort.optional(),
    protocol: choice(['https', 'http']).default('https'),
    timeout: duration('above zero').prefault('3s'),
  }).prefault({}),
}).prefault({});

/** What the new gateway grants, calls/s (PROTOCOL section 2); also the defaults. */
export const publishedLimits = {
  perAccount: { apply: 100, query: 100, revoke: 5 },
  perAddress: { apply: 300, query: 300, revoke: 300 },
} as const;

const { perAccount, perAddress } = publishedLimits;

export const limits = section({
  perAccount: section({
    apply: rate.default(perAccount.apply),
    query: rate.default(perAccount.query),
    revoke: rate.default(perAccount.revoke),
  }).prefault({}),
  perAddress: section({
    apply: rate.default(perAddress.apply),
    query: rate.default(perAddress.query),
    revoke: rate.default(perAddress.revoke),
  }).prefault({}),
  headroomPercent: headroomPercent.default(10),
  replicas: wholeNumber(1, 10_000).default(1),
}).prefault({});

export const breaker = section({
  consecutive: wholeNumber(1, 1_000_000).default(5),
  errorPercent: percentAboveZero.default(50),
  minCalls: wholeNumber(1, 1_000_000).default(20),
  window: duration('above zero').prefault('10s'),
  openFor: duration('above zero').prefault('2s'),
  openAtMost: duration('above zero').prefault('5s'),
}).prefault({});
