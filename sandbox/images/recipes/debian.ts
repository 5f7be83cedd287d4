// debian:12-slim: Debian's own packages, as the true image has them.
import { type Context, essential, type Recipe, searchPath } from './recipe.ts';

/** What the images that are made from it add. */
const added = ['ca-certificates', 'netbase'];

export const debian: Recipe = {
  name: 'debian',
  reference: 'docker.io/library/debian:12-slim',
  platforms: ['amd64', 'arm64'],
  compression: 'gzip',
  origin: 'stand-in: Debian packages',
  config: { Env: [`PATH=${searchPath}`], Cmd: ['bash'] },
  async parts(context: Context, architecture) {
    const packages = essential.filter(name => !added.includes(name));
    const root = await context.root({ arch: architecture, packages, name: `debian:12-slim, ${architecture}` });
    return [{ root }];
  },
};
