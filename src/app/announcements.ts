// Headers on every answer that tell whoever reads them that the old protocol is on its way out.
import type { Config } from '../config/config.ts';

/** When the old service was retired, seconds since epoch: 2021-01-01 UTC (PROTOCOL section 1). */
const retiredAtSeconds = 1_609_459_200;

/** `Deprecation` (RFC 9745) and, when configured, `Sunset` (RFC 8594). */
export function announcements({ deprecation, sunset }: Config['headers']): Readonly<Record<string, string>> {
  return {
    ...(deprecation && { Deprecation: `@${retiredAtSeconds}` }),
    ...(sunset !== undefined && { Sunset: new Date(`${sunset}T00:00:00Z`).toUTCString() }),
  };
}
