// Which permissions the gateway has denied, as topics of notes: so that a later permission for the same clears them.
import { createHash } from 'node:crypto';
import type { Topic } from './note.ts';
import type { Denial, GatewayUse } from './readiness.ts';

/** @param topics whether it is about the topics of the call too */
export function permissionTopic(use: GatewayUse, basis: string, topics: boolean): Topic {
  const { accessKey = '', action, instanceId } = use;
  const what = topics ? createHash('sha256').update(use.topics).digest('base64url').slice(0, 10) : '';
  return { kind: 'permission', subject: [action, instanceId, accessKey, what].join(' '), basis };
}

const actionNames = { apply: 'ApplyToken', query: 'QueryToken', revoke: 'RevokeToken' } as const;
const longestTopics = 60;

/** The denial in a few words, for people. */
export function denialText({ action, instanceId, topics, accessKey }: GatewayUse, denial: Denial): string {
  const shown = topics.length > longestTopics ? `${topics.slice(0, longestTopics)}…` : topics;
  const where = denial.ofTopics && shown !== '' ? `${instanceId}, ${shown}` : instanceId;
  const who = accessKey === undefined ? '' : ` with ${accessKey}`;
  return `${actionNames[action]} on ${where}${who}: ${denial.code}${denial.message === '' ? '' : `, ${denial.message}`}`;
}
