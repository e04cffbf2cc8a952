// The last hour in three small plots that share their time axis. What the pointer is at is said in words below each.
/** @import { Point } from './shapes.js' */
/** @import { Sources } from './model.js' */
import uPlot from './vendor/uplot.js';
import { byId, h, say } from './dom.js';
import { clock, ms, percent, rate } from './format.js';

const height = 150;
const hourSeconds = 3600;

/**
 * @typedef {{ label: string, color: string, dash?: number[], steps?: boolean, value: (point: Point, seconds: number) => number | null }} Line
 * @typedef {{ title: string, lines: Line[], unit: (value: number) => string, least?: number, most?: number }} Picture
 */

/** @param {Point['backends']['legacy']} figures */
const callsOf = ({ ok, rejected, denied, throttled, fault }) => ok + rejected + denied + throttled + fault;

/** @type {Picture[]} */
const pictures = [
  {
    title: 'Share at the gateway',
    unit: percent,
    least: 5,
    most: 100,
    lines: [
      { label: 'observed', color: '--gateway', value: ({ observedPercent }) => observedPercent },
      {
        label: 'wanted',
        color: '--ink',
        dash: [5, 4],
        steps: true,
        value: ({ gatewayPercent }) => gatewayPercent,
      },
    ],
  },
  {
    title: 'Calls per second',
    unit: rate,
    lines: [
      {
        label: 'old service',
        color: '--legacy',
        value: ({ backends }, seconds) => callsOf(backends.legacy) / seconds,
      },
      {
        label: 'gateway',
        color: '--gateway',
        value: ({ backends }, seconds) => callsOf(backends.gateway) / seconds,
      },
      {
        label: 'faults',
        color: '--trouble',
        dash: [2, 3],
        value: ({ backends: { legacy, gateway, none } }, seconds) =>
          (legacy.fault + gateway.fault + none.fault) / seconds,
      },
    ],
  },
  {
    title: '99 % answered within',
    unit: ms,
    lines: [
      { label: 'old service', color: '--legacy', value: ({ backends }) => backends.legacy.p99Ms },
      { label: 'gateway', color: '--gateway', value: ({ backends }) => backends.gateway.p99Ms },
    ],
  },
];

/** @param {string} name */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function createPlots() {
  const place = byId('plots');
  /** @type {{ plot: uPlot, picture: Picture, words: HTMLElement, box: HTMLElement, frame: HTMLElement }[]} */
  let plots = [];
  /** @type {Sources['timeline']['data']} */
  let shown;
  let sync = uPlot.sync('hour');

  function build() {
    for (const { plot } of plots) plot.destroy();
    sync = uPlot.sync(`hour-${Math.random()}`);
    plots = pictures.map((picture) => {
      const box = h('div', { class: 'plot-box', role: 'img' });
      const words = h('p', { class: 'plot-words' });
      const legend = picture.lines.map(({ label, color, dash }) =>
        h('span', { class: `key line ${color.slice(2)}${dash ? ' dashed' : ''}` }, label),
      );
      const caption = h(
        'figcaption',
        {},
        h('strong', {}, picture.title),
        h('span', { class: 'legend' }, ...legend),
      );
      const frame = h('figure', { class: 'plot' }, caption, box, words);
      return { plot: new uPlot(optionsOf(picture, words), [[]], box), picture, words, box, frame };
    });
    place.replaceChildren(...plots.map(({ frame }) => frame));
    fit();
    draw();
  }

  /** @param {Picture} picture @param {HTMLElement} words @returns {uPlot.Options} */
  function optionsOf({ lines, unit, least = 1, most = Infinity }, words) {
    const axis = { stroke: colour('--quiet'), font: '12px system-ui', ticks: { show: false } };
    const grid = { stroke: colour('--line'), width: 1 };
    const top = (/** @type {number | null} */ highest) =>
      Math.min(most, Math.max(least, (highest ?? 0) * 1.15));
    return {
      width: 300,
      height,
      padding: [10, 20, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false }, sync: { key: sync.key } },
      scales: { y: { range: (_plot, _low, highest) => [0, top(highest)] }, x: { time: true } },
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: 60,
          size: 26,
          values: (_plot, ticks) => ticks.map((each) => clock(each * 1000).slice(0, 5)),
        },
        { ...axis, grid, size: 58, space: 30, values: (_plot, ticks) => ticks.map(unit) },
      ],
      series: [
        {},
        ...lines.map(({ label, color, dash, steps }) => ({
          label,
          stroke: colour(color),
          width: 2,
          points: { show: false },
          ...(dash && { dash }),
          ...(steps && { paths: uPlot.paths.stepped?.({ align: 1 }) }),
        })),
      ],
      hooks: { setCursor: [(plot) => say(words, sentence(plot, lines, unit))] },
    };
  }

  /** @param {uPlot} plot @param {Line[]} lines @param {Picture['unit']} unit */
  function sentence(plot, lines, unit) {
    const times = plot.data[0];
    const index = plot.cursor.idx ?? times.length - 1;
    const at = times[index];
    if (at === undefined) return 'No whole step of 10 s yet.';
    const values = lines.map(({ label }, line) => {
      const value = plot.data[line + 1]?.[index];
      return `${label} ${value === null || value === undefined ? '–' : unit(value)}`;
    });
    return `${clock(at * 1000)} · ${values.join(' · ')}`;
  }

  function draw() {
    if (shown === undefined) return;
    const { points, stepSeconds } = shown;
    const times = points.map(({ at }) => Date.parse(at) / 1000);
    const last = times.at(-1) ?? Date.now() / 1000;
    const first = Math.max(last - hourSeconds, Math.min(times[0] ?? last, last - 300));
    for (const { plot, picture, words, box } of plots) {
      const series = picture.lines.map(({ value }) => points.map((point) => value(point, stepSeconds)));
      plot.setData([times, ...series], false);
      plot.batch(() => {
        plot.setScale('x', { min: first, max: last });
      });
      const text = sentence(plot, picture.lines, picture.unit);
      say(words, text);
      box.setAttribute('aria-label', `${picture.title}, last hour. At ${text}`);
    }
  }

  function fit() {
    for (const { plot, box } of plots) {
      if (box.clientWidth > 0 && box.clientWidth !== plot.width)
        plot.setSize({ width: box.clientWidth, height });
    }
  }

  build();
  new ResizeObserver(fit).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', build);
  return {
    /** @param {Sources} sources */
    show({ timeline }) {
      if (timeline.data === shown || timeline.data === undefined) return;
      shown = timeline.data;
      draw();
    },
  };
}
