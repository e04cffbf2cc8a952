// Who wants to hear of changes of which document, within this process.

export interface DocumentListeners {
  /** @returns ends it */
  add(name: string, listener: () => void): () => void;
  notify(name: string): void;
  /** Documents that somebody listens to. */
  names(): string[];
}

export function createDocumentListeners(): DocumentListeners {
  const listeners = new Map<string, Set<() => void>>();
  return {
    add(name, listener) {
      // Wrapped, so that the same function given twice is two listeners.
      const entry = () => listener();
      const ofName = listeners.get(name) ?? new Set();
      listeners.set(name, ofName.add(entry));
      return () => {
        ofName.delete(entry);
        if (ofName.size === 0 && listeners.get(name) === ofName) listeners.delete(name);
      };
    },
    notify(name) {
      for (const listener of [...(listeners.get(name) ?? [])]) listener();
    },
    names: () => [...listeners.keys()],
  };
}
