// Pieces that the schemas of the admin API are made of: the few kinds of values that stand in its answers.
import type { Schema } from './document.ts';

export const percent: Schema = {
  type: 'number',
  minimum: 0,
  maximum: 100,
  description: 'Percent of the keys that the gateway serves, at most two decimals.',
};
export const instant: Schema = { type: 'string', format: 'date-time', description: 'UTC, ISO 8601.' };
export const count: Schema = { type: 'integer', minimum: 0 };
export const scope: Schema = {
  enum: ['fleet', 'replica'],
  description: 'Whether this speaks for all replicas that share a store, or for this process alone.',
};
export const observedPercent: Schema = {
  type: ['number', 'null'],
  minimum: 0,
  maximum: 100,
  description: 'Percent of the apply calls of the last 60 s that the gateway answered; null without calls.',
};

export const splitProblem: Schema = {
  type: 'string',
  description: 'What is in force but not kept, so that a restart would forget it; absent when all is kept.',
};

/** An object whose properties are all there, but for those named optional. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
  };
}

export function list(items: Schema, description?: string): Schema {
  return { type: 'array', items, ...(description !== undefined && { description }) };
}

export function text(description: string): Schema {
  return { type: 'string', description };
}

export function flag(description: string): Schema {
  return { type: 'boolean', description };
}

export function reference(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}
