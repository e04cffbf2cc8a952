// `npm run dashboards`: builds the dashboard and writes it where it is checked in.
import { writeFile } from 'node:fs/promises';
import { dashboardFile, writtenDashboard } from './written.ts';

await writeFile(dashboardFile, await writtenDashboard());
