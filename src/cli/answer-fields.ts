// Reads the fields of an admin API answer that a command shows. An answer of another shape is a failure with a message,
// since it may come from another release of the proxy.
import { CommandFailure } from './command.ts';

/** A JSON object, as yet unread. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws CommandFailure when it is not there */
export function numberAt(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === 'number' ? value : lacks(name);
}

/** @throws CommandFailure when it is not there */
export function textAt(fields: Fields, name: string): string {
  return optionalText(fields, name) ?? lacks(name);
}

export function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

/** Objects of a list. @throws CommandFailure when there is no list */
export function listAt(fields: Fields, name: string): readonly Fields[] {
  const value = fields[name];
  return Array.isArray(value) ? value.filter(isFields) : lacks(name);
}

/** @throws CommandFailure when it is not there */
export function fieldsAt(fields: Fields, name: string): Fields {
  const value = fields[name];
  return isFields(value) ? value : lacks(name);
}

function lacks(name: string): never {
  throw new CommandFailure(`the answer lacks ${name}: is the proxy of another release than this command?`);
}
