// Entry of the git server's process: node main.ts '<settings as JSON>'. SIGTERM ends it at once; events under way are lost.
import { argv, exit } from 'node:process';
import { startGitServer } from './server.ts';
import type { GitSettings } from './settings.ts';

const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
const settings = JSON.parse(argv[2] ?? '{}') as GitSettings;
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => exit(0));
await startGitServer(settings, log);
log(`serving ${settings.repositories.map(({ name }) => `${settings.publicUrl}/${name}.git`).join(' ')}`);
