// Kubernetes' own schemas, as the npm packages of kubernetes-models carry them, made strict: they would let a field with
// a slip in its name pass, and so would Kubernetes, silently.
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Service } from 'kubernetes-models/v1/Service';

interface Model {
  readonly apiVersion: string;
  readonly kind: string;
  readonly prototype: { validate(): void };
}

const models: readonly Model[] = [
  ConfigMap,
  Deployment,
  NetworkPolicy,
  PodDisruptionBudget,
  PrometheusRule,
  Service,
  ServiceMonitor,
];

/** What is wrong with a document, in words; none when Kubernetes would take all of it. */
export function mistakesIn(document: unknown): string[] {
  if (typeof document !== 'object' || document === null) return ['is no object'];
  const { apiVersion, kind } = document as { readonly apiVersion?: unknown; readonly kind?: unknown };
  const model = models.find((known) => known.apiVersion === apiVersion && known.kind === kind);
  if (model === undefined) return [`${String(apiVersion)} ${String(kind)} is not known here`];
  const unread = new Set<string>();
  try {
    // The compiled schema reads every field that it knows: what it leaves unread, it does not know.
    model.prototype.validate.call(watched(document, '', unread));
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  return [...unread].map((path) => `${path} is not known to Kubernetes`);
}

/** The same, but whoever reads a field, or lists the fields of a map, takes it off `unread`. */
function watched<Watched extends object>(value: Watched, path: string, unread: Set<string>): Watched {
  for (const key of Object.keys(value)) unread.add(`${path}/${key}`);
  const children = new Map<string, object>();
  return new Proxy(value, {
    get(target, key, receiver) {
      const found: unknown = Reflect.get(target, key, receiver);
      if (typeof key === 'symbol') return found;
      unread.delete(`${path}/${key}`);
      if (typeof found !== 'object' || found === null) return found;
      const child = children.get(key) ?? watched(found, `${path}/${key}`, unread);
      children.set(key, child);
      return child;
    },
  });
}
