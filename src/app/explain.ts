// What the proxy would do with an old request, and why: the steps of exchange.ts, told instead of taken.
// Sends nothing. Shows no secret, and of signatures and tokens the first characters only.
import type { Config } from '../config/config.ts';
import type { Operation } from '../legacy/operations.ts';
import { single } from '../legacy/parameters.ts';
import { parseCall } from '../legacy/parse.ts';
import { readParameters, type RawRequest } from '../legacy/read.ts';
import { explainAccount, keyOwner, type AccountExplanation } from './explain/account.ts';
import { maskedParameters, sensitiveValues, without } from './explain/masking.ts';
import { parameterHints } from './explain/parameter-hints.ts';
import { planCall, type PlannedCall } from './explain/plan.ts';
import { explainRoute, type BackendExplanation } from './explain/route.ts';
import { explainSignature, type SignatureExplanation } from './explain/signature.ts';
import { initialDial, type DialState } from '../split/dial-state.ts';
import { signatureMessage, unknownKeyMessage } from './refusals.ts';

export interface Explanation {
  readonly operation: Operation;
  /** As read, in the order of their arrival; signature and token masked. */
  readonly parameters: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly account: AccountExplanation;
  readonly signature: SignatureExplanation;
  /** What parse.ts refuses: code 400. */
  readonly mistakes: readonly string[];
  /** Remarks on values that are accepted but odd, or on what a mistake probably is. */
  readonly hints: readonly string[];
  /** The answer when the call would not be carried out; absent when it would. */
  readonly refusal?: { readonly code: 400 | 407; readonly message: string };
  /** Also told of a call whose signature is wrong: where it would go once that is right. */
  readonly backend?: BackendExplanation;
  readonly gatewayCalls: readonly PlannedCall[];
}

export interface ExplainOptions {
  readonly config: Config;
  /** ms since epoch. */
  readonly nowMs: number;
  /** Of a running proxy; default: the weight of the file. */
  readonly dial?: DialState;
}

/** Explains one request. Never rejects for anything in it. */
export async function explain(
  operation: Operation,
  request: RawRequest,
  { config, nowMs, dial = initialDial(config.split.gatewayPercent, null) }: ExplainOptions,
): Promise<Explanation> {
  const parameters = await readParameters(request);
  const secrets = config.accounts.flatMap(({ keys }) => keys.map(({ secret }) => secret.reveal()));
  if ('kind' in parameters) return without(unreadable(operation, parameters.message), secrets);

  const accessKey = single(parameters, 'accessKey');
  const owner = keyOwner(config, accessKey);
  const signature = await explainSignature({ operation, request, parameters }, config, owner);
  const call = parseCall(operation, parameters, nowMs);
  const mistakes = 'kind' in call ? call.message.split('; ') : [];
  const backend = explainRoute(operation, parameters, owner?.account, config, dial);
  // What goes to the old service is forwarded byte for byte, valid or not; tokens may be the gateway's, so their calls
  // are judged.
  const forwarded = backend?.backend === 'legacy' && (operation === 'apply' || owner === undefined);
  const plan = 'kind' in call || owner === undefined ? undefined : planCall(call, owner.account, config);

  const refusal = (): Explanation['refusal'] => {
    if (forwarded) return undefined;
    if (owner === undefined)
      return { code: 400, message: unknownKeyMessage(accessKey, (value) => secrets.includes(value)) };
    const { verdict } = signature;
    if (verdict !== 'genuine' && verdict !== 'unjudged') {
      return { code: 407, message: signatureMessage(operation, parameters, verdict) };
    }
    if ('kind' in call) return { code: 400, message: call.message };
    return plan?.possible === false ? { code: 400, message: plan.message } : undefined;
  };
  const refused = refusal();
  const explanation: Explanation = {
    operation,
    parameters: Array.from(maskedParameters(parameters), ([name, values]) => ({ name, values })),
    account: explainAccount(config, accessKey, owner),
    signature,
    mistakes: plan?.possible === false ? [plan.message] : mistakes,
    hints: parameterHints(parameters, nowMs),
    ...(refused === undefined ? {} : { refusal: refused }),
    ...(backend === undefined ? {} : { backend }),
    gatewayCalls: plan?.possible === true && !forwarded ? plan.calls : [],
  };
  return without(explanation, [...secrets, ...sensitiveValues(parameters)]);
}

function unreadable(operation: Operation, message: string): Explanation {
  return {
    operation,
    parameters: [],
    account: { found: false },
    signature: { verdict: 'unjudged', readings: [], likelyCauses: [] },
    mistakes: [message],
    hints: [],
    refusal: { code: 400, message },
    gatewayCalls: [],
  };
}
