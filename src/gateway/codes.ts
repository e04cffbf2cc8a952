// The gateway's error codes and what each is a case of (PROTOCOL section 2): data and one lookup.
// The HTTP status decides only where the code says nothing: throttling arrives as 400 or 500.
import type { OutcomeClass } from './gateway.ts';

type FailureClass = Exclude<OutcomeClass, 'ok'>;

/** Every code that is documented for the three actions, and the platform's own that matter here. */
export const codes = {
  ParameterCheckFailed: 'rejected',
  CheckAccountInfoFailed: 'denied',
  InstancePermissionCheckFailed: 'denied',
  PermissionCheckFailed: 'denied',
  NoPermission: 'denied',
  'Forbidden.RAM': 'denied',
  ApiNotSupport: 'denied',
  'InvalidAccessKeyId.NotFound': 'denied',
  SignatureDoesNotMatch: 'denied',
  IncompleteSignature: 'denied',
  'InvalidSecurityToken.Expired': 'denied',
  MissingSecurityToken: 'denied',
  ApplyTokenOverFlow: 'throttled',
  RevokeTokenOverFlow: 'throttled',
  QueryTokenOverFlow: 'throttled',
  InternalError: 'fault',
  SystemOverFlow: 'fault',
  ServiceUnavailable: 'fault',
  'InvalidTimeStamp.Expired': 'fault',
  SignatureNonceUsed: 'fault',
} as const satisfies Record<string, FailureClass>;

/** Families of codes, asked in this order when a code has no row of its own. */
const families: readonly (readonly [prefix: string, FailureClass])[] = [
  ['InvalidParameter', 'rejected'],
  ['Missing', 'rejected'],
  ['Throttling', 'throttled'],
  ['Forbidden', 'denied'],
  ['NoPermission', 'denied'],
  ['InvalidAccessKeyId', 'denied'],
  ['InvalidSecurityToken', 'denied'],
  ['SignatureDoesNotMatch', 'denied'],
  ['InvalidTimeStamp', 'fault'],
  ['ServiceUnavailable', 'fault'],
];

/** What no caller can cause: the request was not put together as the gateway wants it. */
const mistranslations = new Set(['ApiNotSupport', 'IncompleteSignature']);
/** Credentials without their security token are configured so. */
const missingByConfiguration = 'MissingSecurityToken';

/** Whether a refusal with this code is the fault of this program rather than of a caller or an operator. */
export function isMistranslation(code: string): boolean {
  if (code === missingByConfiguration) return false;
  return mistranslations.has(code) || code.startsWith('Missing');
}

const byCode = new Map<string, FailureClass>(Object.entries(codes));

/**
 * The class of a failed answer.
 * @param code the answer's `Code`; undefined where it has none that can be read
 * @param status the answer's HTTP status
 */
export function classOfCode(code: string | undefined, status: number): FailureClass {
  if (code === undefined) return classOfSilentStatus(status);
  const known = byCode.get(code) ?? families.find(([prefix]) => code.startsWith(prefix))?.[1];
  return known ?? classOfUnknownCode(status);
}

/** Too long a request is refused by whatever stands in front of the gateway: no breakdown, but no word on a token. */
function classOfSilentStatus(status: number): FailureClass {
  if (status === 429) return 'throttled';
  return status === 413 || status === 414 || status === 431 ? 'denied' : 'fault';
}

/**
 * An unknown 4xx is `denied`, never `rejected`: the gateway refuses and a repetition would not help, but nothing says
 * that the caller's parameters, or a token, are bad.
 */
function classOfUnknownCode(status: number): FailureClass {
  if (status === 429) return 'throttled';
  return status >= 400 && status < 500 && status !== 408 ? 'denied' : 'fault';
}
