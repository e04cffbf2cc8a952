// What the cross checks look at, read leniently: whatever is misshapen is left out, for the schema complains of it.
// That way one load tells the mistakes of both kinds, and the cross checks stay typed and pure.
import { z } from 'zod';
import { parseDuration } from './duration.ts';

const word = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);
// Anything at all: only whether it is there counts.
const anything = z.unknown().optional();
const durationMs = z
  .string()
  .transform((text) => parseDuration(text))
  .optional()
  .catch(undefined);

/** A list whose misshapen entries keep their places. */
function entries<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.array(z.object(shape).or(z.unknown().transform(() => undefined))).catch([]);
}

function part<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.object(shape).optional().catch(undefined);
}

const listener = { host: word, port: number };
const share = { gatewayPercent: number };

const outlineSchema = z.object({
  listen: z
    .union([z.array(z.unknown()).pipe(entries(listener)), z.object(listener)])
    .optional()
    .catch(undefined),
  admin: part({ ...listener, tokens: entries({ name: word }) }),
  accounts: entries({
    name: word,
    keys: entries({ accessKey: word }),
    instances: z
      .array(z.union([z.string(), z.object({ id: word }).transform(({ id }) => id)]).catch(undefined))
      .catch([]),
    gateway: part({ credentials: part({ type: word }) }),
    legacyUrl: anything,
  }),
  backends: part({ legacy: anything }),
  split: part({ ...share, overrides: entries({ account: word, ...share }) }),
  breaker: part({ openFor: durationMs, openAtMost: durationMs }),
  rollout: part({ steps: entries({ ...share, hold: anything }) }),
});

export type Outline = z.output<typeof outlineSchema>;

/** The outline of any document whatever; undefined where it is not even a mapping. */
export function outlineOf(document: unknown): Outline | undefined {
  const result = outlineSchema.safeParse(document);
  return result.success ? result.data : undefined;
}
