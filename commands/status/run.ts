// `slipway status <stack>`: what is wanted, what runs, what was built. It changes nothing of the stack.
import { writeFile } from 'node:fs/promises';
import { type Means, makeContext } from '../context.ts';
import { settingsOf } from '../stack-file.ts';
import { page } from './page.ts';
import { printed } from './report.ts';
import { statusOf } from './status.ts';

/** What is to be printed; `html`: a file that gets the page. Throws where the stack's settings can't be read. */
export async function runStatus(
  stack: string,
  { json, html, stacks }: { json?: boolean; html?: string; stacks?: string },
  means?: Means,
): Promise<string> {
  const context = makeContext(await settingsOf(stack, stacks), means);
  try {
    const status = await statusOf(context);
    if (html !== undefined) await writeFile(html, page(status));
    return json ? `${JSON.stringify(status, null, 2)}\n` : printed(status);
  } finally {
    context.close();
  }
}
