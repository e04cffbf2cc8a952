// The server serves uPlot's own module under this name; see console-files.ts.
export { default } from 'uplot';
