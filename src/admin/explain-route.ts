// `/api/explain`: what the `explain` command prints, as JSON. Sends nothing and changes nothing, so who may read may ask.
import { answered, type Route } from './route.ts';
import type { ExplainedOperation, ExplainSource } from './sources.ts';

const operations = ['apply', 'revoke', 'query'] as const satisfies readonly ExplainedOperation[];
const keys = ['request', 'operation'];

export function explainRoute(explain: ExplainSource): Route {
  return {
    method: 'POST',
    path: '/explain',
    changes: false,
    answer: async ({ body }) => {
      const { request, operation } = body;
      const chosen = operations.find((known) => known === operation);
      const mistakes = [
        ...Object.keys(body)
          .filter((key) => !keys.includes(key))
          .map((key) => `${JSON.stringify(key.slice(0, 40))} is not known: allowed are ${keys.join(', ')}`),
        ...(typeof request === 'string'
          ? []
          : [
              'request must be the text of one old request: a query string, a form body, a URL or a curl line',
            ]),
        ...(operation === undefined || chosen !== undefined
          ? []
          : [`operation must be one of ${operations.join(', ')}, or left out`]),
      ];
      if (typeof request !== 'string' || mistakes.length > 0) {
        return { status: 400, message: mistakes.join('; ') };
      }
      const explained = await explain(request, chosen);
      return explained.ok
        ? answered(explained.explanation)
        : { status: 400, message: `request cannot be read: ${explained.problem}` };
    },
  };
}
