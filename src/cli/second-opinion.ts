// What the vendor's own client says where the gateway refused ours: whether to ask it, and what its answer means.
// It decides and words; the asking is its caller's.
import type { GatewayFailure } from '../gateway/gateway.ts';
import type { SecondOpinion } from '../gateway/vendor-client.ts';

/** Whether the failure may be our request's fault: the gateway has answered, and not for want of room. */
export function deservesSecondOpinion({ cause, class: outcome }: GatewayFailure): boolean {
  return (cause === 'answered' || cause === 'unreadable') && outcome !== 'throttled';
}

/**
 * One sentence, without a token.
 * @param ours how the proxy's own call failed
 */
export function opinionText(opinion: SecondOpinion, ours: GatewayFailure): string {
  const client = "the vendor's own client";
  switch (opinion.kind) {
    case 'refused': {
      const { code, requestId } = opinion;
      const theirs = requestId === undefined ? code : `${code}, RequestId ${requestId}`;
      return code === ours.code
        ? `${client} is refused alike (${theirs}): it is not the proxy's request`
        : `${client} is refused otherwise (${theirs}) than the proxy (${ours.code}); if a second check says so again, please report both codes`;
    }
    case 'served': {
      const excuse = excuseFor(ours);
      return excuse === undefined
        ? `${client} is served: this is a defect of token-proxy, please report it`
        : `${client} is served: either ${excuse}, or this is a defect of token-proxy; check again, and please report it if this stays`;
    }
    case 'throttled':
      return `${client} tells nothing: other callers of this account use up its quota`;
    case 'unreachable':
      return `${client} could not be asked: it got no whole answer from the gateway (${opinion.detail}); ${unclaimed}`;
    case 'timeout':
      return `${client} could not be asked: it got no answer in time; ${unclaimed}`;
    case 'unreadable':
      return `${client} tells nothing: it got an answer that makes no sense; ${unclaimed}`;
    case 'no-credentials':
      return `${client} could not be asked: its credentials could not be had`;
    case 'failed':
      return `${client} tells nothing: it failed, and does not say safely why; ${unclaimed}`;
  }
}

/** Of a call without a whole answer nobody knows whether it was carried out. */
const unclaimed = 'a token made by then expires by itself';

/** What else than a defect of ours may lie between a refusal and a success a moment later. */
function excuseFor({ class: outcome, code, httpStatus = 0 }: GatewayFailure): string | undefined {
  // Upon such a code credentials are fetched anew.
  if (code.startsWith('InvalidSecurityToken')) return 'the credentials were renewed in between';
  return outcome === 'fault' && httpStatus >= 500 ? "the gateway's fault is over" : undefined;
}
