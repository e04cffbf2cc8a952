// Metrics that the dashboard and the rules look at already, and that the proxy does not have yet. What asks for them must be
// valid and need not find anything. One that is there must not be in the list: a test sees to that.

export const awaitedMetrics: readonly string[] = ['token_proxy_shadow_total'];

export function isAwaited(expr: string): boolean {
  return awaitedMetrics.some((name) => expr.includes(name));
}
