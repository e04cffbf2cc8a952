// The dashboard for Grafana: its sections from top to bottom, and what one can choose. A new section is a file beside this
// one and a line in `sections`. `npm run dashboards` writes it as JSON.
/* eslint-disable @typescript-eslint/no-deprecated -- the classic form: every Grafana can import it, the second form only the newest */
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { breakers } from './breakers.ts';
import { cutover } from './cutover.ts';
import { glance } from './glance.ts';
import { datasource, type Section } from './panels.ts';
import { processes } from './processes.ts';
import { quotas } from './quotas.ts';
import { fleet, max, of } from './queries.ts';
import { rollout } from './rollout.ts';
import { shadow } from './shadow.ts';
import { signatures } from './signatures.ts';
import { upkeep } from './upkeep.ts';

const sections: readonly Section[] = [
  glance,
  cutover,
  rollout,
  quotas,
  shadow,
  signatures,
  breakers,
  upkeep,
  processes,
];

export function buildDashboard(): Dashboard {
  const dashboard = new DashboardBuilder('mqtt-token-proxy')
    .uid('mqtt-token-proxy')
    .description(
      'Moving clients of the old token service to the gateway. Needs the rules of config/prometheus. Built from code: change config/grafana/source and run npm run dashboards.',
    )
    .tags(['mqtt-token-proxy'])
    .timezone('browser')
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .withVariable(choice('namespace', 'token_proxy_build_info'))
    .withVariable(oneOf('job', 'token_proxy_build_info{namespace=~"$namespace"}'))
    .withVariable(choice('instance', 'token_proxy_build_info{namespace=~"$namespace",job=~"$job"}'))
    .annotation(
      annotation('Weight moved', 'blue', {
        expr: `${max(`changes(${of('token_proxy_split_weight_ratio', { backend: 'gateway' })}[1m])`)} > 0`,
        title: 'The weight was moved',
      }),
    )
    .annotation(
      annotation('Alerts', 'red', {
        expr: fleet('ALERTS', { alertname: 'TokenProxy.+', alertstate: 'firing' }),
        title: '{{alertname}}',
        text: '{{backend}} {{action}} {{account}} {{instance}}',
      }),
    );
  let id = 0;
  for (const { title, panels } of sections) {
    dashboard.withRow(new RowBuilder(title).id(++id));
    for (const panel of panels) dashboard.withPanel(panel.id(++id));
  }
  return dashboard.build();
}

function variable(name: string, selector: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .datasource(datasource)
    .query({ query: `label_values(${selector}, ${name})`, refId: name })
    .definition(`label_values(${selector}, ${name})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

/** Fleets are looked at one at a time. */
function oneOf(name: string, selector: string): QueryVariableBuilder {
  return variable(name, selector).multi(false).includeAll(false);
}

/** Any of them, all at first; `.*` also matches what has gone since, and series without the label. */
function choice(name: string, selector: string): QueryVariableBuilder {
  return variable(name, selector)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] });
}

interface Marks {
  readonly expr: string;
  readonly title: string;
  readonly text?: string;
}

function annotation(name: string, color: string, { expr, title, text = '' }: Marks): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(datasource)
    .enable(true)
    .iconColor(color)
    .expr(expr)
    .titleFormat(title)
    .textFormat(text)
    .step('60s');
}
