export { run } from './tools/run.ts';
