// Covering of topic filters, compared with plain matching over every short topic.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { covers } from '../../src/sandbox/topics.ts';

/** Whether a filter matches a topic, straight from the words of the MQTT specification. */
function matches(filter: readonly string[], topic: readonly string[]): boolean {
  const [level, ...rest] = filter;
  if (level === undefined) return topic.length === 0;
  if (level === '#') return true;
  const [name, ...others] = topic;
  if (name === undefined) return false;
  return (level === '+' || level === name) && matches(rest, others);
}

function topicMatches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  return matches(filter.split('/'), topic.split('/'));
}

const names = ['a', 'b', '', '$s', 'c'];
const filters = fc
  .tuple(fc.array(fc.constantFrom(...names.slice(0, 4), '+'), { maxLength: 3 }), fc.boolean())
  .map(([levels, open]) => (open || levels.length === 0 ? [...levels, '#'] : levels).join('/'));

function topicsUpTo(levels: number): string[] {
  const shorter = levels > 1 ? topicsUpTo(levels - 1) : [];
  const deepest = shorter.filter((topic) => topic.split('/').length === levels - 1);
  return levels === 1
    ? names
    : [...shorter, ...deepest.flatMap((topic) => names.map((name) => `${topic}/${name}`))];
}
const everyTopic = topicsUpTo(5);

describe('covers', () => {
  it('says yes exactly where every topic of the one is a topic of the other', () => {
    fc.assert(
      fc.property(filters, filters, (permitted, requested) => {
        const escaped = everyTopic.find(
          (topic) => topicMatches(requested, topic) && !topicMatches(permitted, topic),
        );
        assert.equal(
          covers(permitted, requested),
          escaped === undefined,
          `${permitted} ${requested} ${escaped}`,
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('knows the cases that are easily got wrong', () => {
    assert.equal(covers('TopicA/+', 'TopicA/x'), true);
    assert.equal(covers('TopicA/+', 'TopicA'), false);
    assert.equal(covers('TopicA/+', 'TopicA/x/y'), false);
    assert.equal(covers('TopicA/+', 'TopicA/#'), false);
    assert.equal(covers('TopicB/#', 'TopicB'), true);
    assert.equal(covers('TopicB/#', 'TopicB/+/y'), true);
    assert.equal(covers('TopicB/#', 'TopicBB'), false);
    assert.equal(covers('TopicA', 'TopicA/x'), false);
    assert.equal(covers('+/#', '#'), true);
    assert.equal(covers('a/+/#', 'a/#'), false);
    assert.equal(covers('#', '$SYS/x'), false);
  });
});
