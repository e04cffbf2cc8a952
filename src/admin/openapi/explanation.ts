// The answer of `POST /api/explain` as JSON Schema: what `explain --json` prints.
import type { Schema } from './document.ts';
import { flag, list, object, text } from './parts.ts';

const account = object(
  {
    found: flag('Whether the access key is configured.'),
    name: text('Name of the account.'),
    accessKey: { type: 'string' },
    nearest: text('The configured access key that may have been meant.'),
  },
  ['name', 'accessKey', 'nearest'],
);

const reading = object(
  {
    reading: text('Which fields are signed, and how.'),
    stringToSign: text('Tokens masked.'),
    matched: { type: 'boolean' },
    expectedStart: { ...text('First characters of the signature that this reading expected.'), maxLength: 4 },
    givenStart: { ...text('First characters of the signature that came.'), maxLength: 4 },
  },
  ['expectedStart', 'givenStart'],
);

const signature = object(
  {
    verdict: { enum: ['genuine', 'mismatch', 'missing', 'ambiguous', 'unjudged'] },
    given: text('As read, masked.'),
    readings: list(reading),
    likelyCauses: list({ type: 'string' }, 'Sentences, the most telling first.'),
  },
  ['given'],
);

const backend = object(
  {
    backend: { enum: ['legacy', 'gateway'] },
    reasons: list({ type: 'string' }, 'As in the metric token_proxy_decisions_total.'),
    why: text('For people.'),
    bucket: { type: 'integer', minimum: 0, maximum: 9999 },
    weightPercent: { type: 'number', minimum: 0, maximum: 100 },
    url: { ...text('Address of the old service, where the call goes to it.'), format: 'uri' },
  },
  ['bucket', 'weightPercent', 'url'],
);

const gatewayCall = object(
  {
    action: { enum: ['ApplyToken', 'RevokeToken', 'QueryToken'] },
    endpoint: { type: 'string', format: 'uri' },
    parameters: { type: 'object', additionalProperties: { type: 'string' } },
    credentials: text('Type of the credentials.'),
    when: text('When it is made, where that is not certain.'),
  },
  ['when'],
);

export const explanation: Schema = object(
  {
    operation: { enum: ['apply', 'revoke', 'query'] },
    parameters: list(
      object({ name: { type: 'string' }, values: list({ type: 'string' }) }),
      'As read; signature and token masked.',
    ),
    account,
    signature,
    mistakes: list({ type: 'string' }, 'What the parameters are refused for.'),
    hints: list({ type: 'string' }),
    refusal: {
      ...object({ code: { enum: [400, 407] }, message: { type: 'string' } }),
      description: 'What the client would be told; absent when the call would be carried out.',
    },
    backend,
    gatewayCalls: list(gatewayCall, 'Calls that would be made, tokens masked.'),
    notes: list({ type: 'string' }, 'How the text was taken.'),
  },
  ['refusal', 'backend'],
);
