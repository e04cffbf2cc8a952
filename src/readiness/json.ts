// Reads JSON that another process, or another release, has kept: nothing of its shape is taken for granted.

export type Fields = Readonly<Record<string, unknown>>;

/** The object that a text holds; undefined for any other text. */
export function parseFields(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** Whether a value is a finite number from 0. */
export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
