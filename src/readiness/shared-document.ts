// Changes a document that several replicas change, by compare-and-set. Knows nothing of what stands in it.

/** Documents with compare-and-set; `Store` of store/store.ts is one. */
export interface DocumentStore {
  /** Rejects when it cannot be read. */
  readDocument(name: string): Promise<{ readonly version: number; readonly text: string } | undefined>;
  /** False when `expected` is not the document's version any more; rejects when the store fails. */
  writeDocument(name: string, text: string, expected: number): Promise<boolean>;
}

/** Each conflict means that somebody else's change was kept. */
const mostAttempts = 5;

/**
 * @param change from the text as kept to what shall be kept; `text` undefined where nothing is to be written
 * @returns what `change` made of the text that was replaced. Rejects when the store fails, or others are always faster
 */
export async function changeDocument<Result>(
  store: DocumentStore,
  name: string,
  change: (kept: string | undefined) => { readonly text: string | undefined; readonly result: Result },
): Promise<Result> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const document = await store.readDocument(name);
    const { text, result } = change(document?.text);
    if (text === undefined) return result;
    if (await store.writeDocument(name, text, document?.version ?? 0)) return result;
  }
  throw new Error('the evidence of readiness could not be shared: others kept changing it');
}
