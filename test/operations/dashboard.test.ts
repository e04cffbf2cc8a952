// The dashboard as it is checked in: what the code makes, and complete enough to be used by people who have never seen it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dashboardFile, writtenDashboard } from '../../config/grafana/source/written.ts';
import { readDashboard, selectorsIn } from './checked-in.ts';
import { readRules } from './rule-files.ts';

describe('the dashboard for Grafana', () => {
  const { panels, annotations, templating } = readDashboard();
  const drawn = panels.filter(({ type }) => type !== 'row');
  const queries = drawn.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it('is checked in as its code makes it (if not: npm run dashboards)', async () => {
    assert.equal(readFileSync(dashboardFile, 'utf8'), await writtenDashboard());
  });

  for (const { title, description = '', fieldConfig, targets = [], datasource } of drawn) {
    it(`says of "${title}" what it shows, in what unit, and what to do`, () => {
      assert.ok(description.length > 60, description);
      const { unit, mappings } = fieldConfig?.defaults ?? {};
      assert.ok(unit !== undefined || mappings !== undefined);
      assert.ok(targets.length > 0 && targets.every(({ legendFormat }) => legendFormat !== ''));
      assert.deepEqual(datasource, { type: 'prometheus', uid: '${datasource}' });
    });
  }

  it('gives each panel a number of its own, and each query of a panel a letter', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { targets = [] } of panels) {
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length);
    }
  });

  it('lets no panel lie on another, or stand out of the grid', () => {
    const cells = new Set<string>();
    for (const { title, gridPos } of panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, title);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          assert.ok(!cells.has(`${x} ${y}`), title);
          cells.add(`${x} ${y}`);
        }
      }
    }
  });

  it('looks only at the data source, fleet and replicas that were chosen', () => {
    assert.deepEqual(
      templating.list.map(({ name }) => name),
      ['datasource', 'namespace', 'job', 'instance'],
    );
    for (const selector of [...queries, ...annotations.list.map(({ expr }) => expr)].flatMap(selectorsIn)) {
      const isOfTheFleet = selector.includes(':');
      const variables = ['$namespace', '$job', ...(isOfTheFleet ? [] : ['$instance'])];
      assert.deepEqual(
        variables.filter((name) => !selector.includes(name)),
        [],
        selector,
      );
    }
  });

  it('reads no recording rule that does not exist, and each that does is read somewhere', () => {
    const rules = readRules();
    const records = rules.flatMap(({ record = [] }) => record);
    const read = (texts: readonly string[]) => texts.flatMap((text) => text.match(/job\w*:[\w:]+/g) ?? []);
    assert.deepEqual(
      read(queries).filter((name) => !records.includes(name)),
      [],
    );
    const used = new Set(read([...queries, ...rules.map(({ expr }) => expr)]));
    assert.deepEqual(
      records.filter((name) => !used.has(name)),
      [],
    );
  });

  it('has every panel that an alert or another panel points to', () => {
    const titles = new Set(panels.map(({ title }) => title));
    const texts = [
      ...drawn.map(({ description = '' }) => description),
      ...readRules().flatMap(({ annotations: said = {} }) => Object.values(said)),
    ];
    const named = texts.flatMap((text) => [...text.matchAll(/(?:panel|beside|see|at|under) "([^"]+)"/gi)]);
    assert.ok(named.length > 5);
    assert.deepEqual(
      named.map(([, title = '']) => title).filter((title) => !titles.has(title)),
      [],
    );
  });
});
