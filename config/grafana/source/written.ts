// The dashboard as it is checked in: JSON, formatted like every other file.
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { buildDashboard } from './dashboard.ts';

/** Where Grafana, and whoever imports it by hand, finds it. */
export const dashboardFile = fileURLToPath(new URL('../dashboards/mqtt-token-proxy.json', import.meta.url));

export async function writtenDashboard(): Promise<string> {
  const options = await resolveConfig(dashboardFile);
  return format(JSON.stringify(buildDashboard()), { ...options, filepath: dashboardFile });
}
