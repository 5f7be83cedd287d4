// The entry of the step image:
// `node steps.mjs fetch-preflight | build-publish | kaniko-source | fetch-objects | rollout | listener`.
import { runStep } from './run.ts';

// Files of the source get the same modes under every builder's umask: modes are part of a layer's digest.
process.umask(0o022);
process.exit(await runStep(process.argv[2], process.env));
