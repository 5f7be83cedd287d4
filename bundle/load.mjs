// A bundle in this process: made anew where a source has changed, then run. Plain JavaScript on nothing but Node, as
// record.mjs: each start waits for it.
import Module from 'node:module';
import { join } from 'node:path';
import { upToDate } from './record.mjs';

export async function load(output, checkout, maker) {
  const text = upToDate(output, checkout) ?? (await (await maker())(output, checkout));
  const file = join(checkout, output);
  const bundle = new Module(file);
  bundle.filename = file;
  bundle.paths = Module._nodeModulePaths(checkout);
  // The very text that was compared with its sources, whatever another start writes by now.
  bundle._compile(text, file);
  return bundle.exports;
}
