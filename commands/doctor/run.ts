// `slipway doctor <stack>`: every check, its verdict, what was seen, and the remedy. It changes nothing; with `try` it begins
// what only a try can tell, and takes it back.
import { type Means, makeContext } from '../context.ts';
import { settingsOf } from '../stack-file.ts';
import { checksOf } from './checks.ts';
import { examine, worst } from './examine.ts';
import { asJson, printed } from './report.ts';

export interface DoctorCommand {
  json?: boolean;
  /** Folder of the stack files, in place of the checkout. */
  stacks?: string;
  try?: boolean;
}

/** `status`: 1 where there is a fault, else 0. Throws where the stack's settings can't be read. */
export async function runDoctor(
  stack: string,
  { json, stacks, try: trying }: DoctorCommand,
  means?: Means,
): Promise<{ text: string; status: 0 | 1 }> {
  const settings = await settingsOf(stack, stacks);
  const context = makeContext(settings, means);
  try {
    const examined = await examine(context, checksOf(settings, { trying }));
    const text = json ? asJson(stack, context.now, examined) : printed(stack, examined);
    return { text, status: worst(examined) === 'fault' ? 1 : 0 };
  } finally {
    context.close();
  }
}
