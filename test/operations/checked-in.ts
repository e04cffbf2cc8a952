// The dashboard as it is checked in, and the queries in it as Prometheus gets them from Grafana.
import { readFileSync } from 'node:fs';
import { configFile } from './rule-files.ts';

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: unknown;
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string; readonly mappings?: readonly unknown[] };
  };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
  }[];
}

export interface VariableJson {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
}

export interface DashboardJson {
  readonly uid: string;
  readonly panels: readonly PanelJson[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly templating: { readonly list: readonly VariableJson[] };
}

export function readDashboard(): DashboardJson {
  return JSON.parse(
    readFileSync(configFile('grafana/dashboards/mqtt-token-proxy.json'), 'utf8'),
  ) as DashboardJson;
}

/** What Grafana puts in place of the variables. */
export function substituted(expr: string, values: Readonly<Record<string, string>>): string {
  return expr.replaceAll(/\$(\w+)/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nothing stands for $${name}`);
    return value;
  });
}

/** Every selector of series in a query: `token_proxy_store_up`, `up`, `job:token_proxy_replicas:count{…}`. */
export function selectorsIn(expr: string): readonly string[] {
  return [
    ...new Set(expr.match(/\b(?:up\b|(?:\w+:)?(?:token_proxy|nodejs|process)_[\w:]+)(?:\{[^}]*\})?/g) ?? []),
  ];
}
