// The benchmarks, by name, in the order of the page.
import type { Benchmark } from './benchmark.ts';
import { build } from './build/build.ts';
import { copy } from './copy/copy.ts';

import { dependents } from './dependents/dependents.ts';
import { digests } from './digests/digests.ts';
import { preview } from './preview/preview.ts';
import { push } from './push/push.ts';
import { sandbox } from './sandbox/sandbox.ts';
import { scale } from './scale/scale.ts';
import { startup } from './startup/startup.ts';
import { toolchain } from './toolchain/toolchain.ts';

export const benchmarks: Record<string, Benchmark> = {
  startup,
  preview,
  scale,
  digests,
  copy,
  sandbox,
  push,
  dependents,
  build,
  toolchain,
};
