// The effective configuration as YAML for people, secrets masked, fit to be fed back in.
// A secret shows where it comes from; a literal one shows `***` and has to be put back by hand.
import { Document, isMap, isScalar } from 'yaml';
import type { Config } from './config.ts';
import { MaskedSecret, shownSecret } from './secret.ts';
import { writtenForm } from './written-form.ts';

/** YAML text in the order and spelling of SPEC section 3. */
export function describeConfig(config: Config): string {
  const document = new Document(masked(writtenForm(config)), { aliasDuplicateObjects: false });
  // Written out, a default share would count as set by the file; so it is shown as a comment.
  if (!config.split.gatewayPercentIsSet) {
    document.deleteIn(['split', 'gatewayPercent']);
    const split = document.get('split');
    const first = isMap(split) ? split.items[0]?.key : undefined;
    if (isScalar(first)) first.commentBefore = ` gatewayPercent: ${config.split.gatewayPercent}, by default`;
  }
  return document.toString({ lineWidth: 110 });
}

function masked(value: unknown): unknown {
  if (value instanceof MaskedSecret) return shownSecret(value);
  if (typeof value !== 'object' || value === null) return value;
  if ('reveal' in value && typeof value.reveal === 'function') return '***';
  if (Array.isArray(value)) return value.map(masked);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, masked(entry)]));
}
