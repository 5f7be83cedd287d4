// Records what the engine says of each kind of change, for the unit tests: node bin/run.mjs test/engine/record.ts
import { mkdirSync, writeFileSync } from 'node:fs';
import { engineTools } from './tools.ts';

export const recordings = 'test/fixtures/events';

const tools = await engineTools();
Object.assign(process.env, tools.env);
const [{ scenarios, startPreviews }, { trimmed }] = await Promise.all([import('./previews.ts'), import('./trim.ts')]);
const previews = await startPreviews();
try {
  mkdirSync(recordings, { recursive: true });
  for (const [name, scenario] of Object.entries(scenarios)) {
    writeFileSync(`${recordings}/${name}.jsonl`, trimmed(await previews.events(scenario)));
    console.log(name);
  }
} finally {
  previews.end();
  await tools.remove();
}
