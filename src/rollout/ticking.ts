// Lets a rollout look at the facts once in a while. One look at a time.

/** @returns ends it */
export function keepTicking(rollout: { tick(): Promise<void> }, everyMs = 1_000): () => void {
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void rollout.tick().finally(() => (looking = false));
  }, everyMs).unref();
  return () => clearInterval(timer);
}
