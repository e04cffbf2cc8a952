// The kinds of panel on the dashboard, so that all of a kind look alike. What they show is said in the sections.
import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Threshold,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** Chosen by whoever looks at the dashboard. */
export const datasource = { type: 'prometheus', uid: '${datasource}' } as const;

export type Panel = GraphBuilder | StatBuilder | TimelineBuilder;

export interface Section {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface PanelSpec {
  readonly title: string;
  /** What it shows, and what to do when it looks wrong. */
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  /** Legend, where `{{label}}` stands for the label's value, to PromQL. */
  readonly queries: Readonly<Record<string, string>>;
  /** From which value on a figure is worrying, and from which on it is bad. */
  readonly limits?: { readonly warn?: number; readonly bad: number };
}

const graphHeight = 8;
const graphSpan = 8;
const statHeight = 4;
const statSpan = 4;

export interface GraphSpec extends PanelSpec {
  /** Areas on top of one another: for what adds up to a whole. */
  readonly stacked?: boolean;
  /** Of the axis, where it is known. */
  readonly max?: number;
  /** Values below 0 can occur. */
  readonly signed?: boolean;
}

/** Lines over time. */
export function graph(spec: GraphSpec): GraphBuilder {
  const panel = described(new GraphBuilder(), spec, false)
    .height(graphHeight)
    .span(graphSpan)
    .unit(spec.unit)
    .fillOpacity(spec.stacked === true ? 30 : 0)
    .showPoints(common.VisibilityMode.Auto)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
  if (spec.signed !== true) panel.min(0);
  if (spec.max !== undefined) panel.max(spec.max);
  if (spec.stacked === true) {
    panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  }
  if (spec.limits !== undefined) {
    panel
      .thresholds(thresholds(spec.limits))
      .thresholdsStyle(
        new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
      );
  }
  return panel;
}

/** One figure as it is now, in colour where it has limits. */
export function figure(spec: PanelSpec): StatBuilder {
  const { limits } = spec;
  return described(new StatBuilder(), spec, true)
    .height(statHeight)
    .span(statSpan)
    .unit(spec.unit)
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(limits === undefined ? common.BigValueColorMode.None : common.BigValueColorMode.Background)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(limits === undefined ? plain() : thresholds(limits));
}

export interface TimelineSpec extends Omit<PanelSpec, 'unit' | 'limits'> {
  /** Value to how it is shown. */
  readonly states: Readonly<Record<number, { readonly text: string; readonly color: string }>>;
}

/** Bars of states over time. */
export function timeline(spec: TimelineSpec): TimelineBuilder {
  const mapping: ValueMap = { type: MappingType.ValueToText, options: spec.states };
  return described(new TimelineBuilder(), spec, false)
    .height(graphHeight)
    .span(graphSpan)
    .mappings([mapping])
    .thresholds(plain())
    .showValue(common.VisibilityMode.Never)
    .mergeValues(true);
}

const firstRefId = 'A'.charCodeAt(0);

function described<Builder extends Panel>(
  panel: Builder,
  { title, description, queries }: Pick<PanelSpec, 'title' | 'description' | 'queries'>,
  isInstant: boolean,
): Builder {
  panel.title(title).description(description).datasource(datasource);
  for (const [index, [legend, expr]] of Object.entries(queries).entries()) {
    const refId = String.fromCharCode(firstRefId + index);
    const query = new DataqueryBuilder().refId(refId).datasource(datasource).expr(expr).legendFormat(legend);
    panel.withTarget(isInstant ? query.instant() : query.range());
  }
  return panel;
}

function thresholds({ warn, bad }: NonNullable<PanelSpec['limits']>): ThresholdsConfigBuilder {
  const steps: Threshold[] = [{ value: null, color: 'green' }];
  if (warn !== undefined) steps.push({ value: warn, color: 'orange' });
  steps.push({ value: bad, color: 'red' });
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

function plain(): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([{ value: null, color: 'text' }]);
}
