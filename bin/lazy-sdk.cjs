// Loaded before Pulumi's SDK (Pulumi.yaml, `nodeargs`). Three of four files that the SDK loads at each start serve what
// this program does not do: send functions away with their code (TypeScript, npm's dependency tree), send traces to a
// collector, drive other stacks. They are loaded when they are first used.
const Module = require('node:module');
const { join } = require('node:path');

const sdk = join('node_modules', '@pulumi', 'pulumi');
/** What the SDK's files require, as they write it. */
const late = new Set([
  '../../typescript-shim',
  './automation',
  '@npmcli/arborist',
  '@opentelemetry/exporter-zipkin',
  '@opentelemetry/instrumentation',
  '@opentelemetry/instrumentation-grpc',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace-base',
  '@opentelemetry/sdk-trace-node',
  'ini',
  'js-yaml',
  'normalize-package-data',
  'semver',
]);
const instead = {
  // Maps of the SDK's own files: a fifth of a start, as each resource asks where it was declared. What else is wrong with
  // them: components/stack-traces.ts.
  'source-map-support/register': {},
  // A debugger that notes each file that is loaded. Where functions are sent away it is asked for once more, and is told
  // of all files then.
  '../../runtime/closure/v8Hooks': { isInitializedAsync: async () => {} },
};

const load = Module._load;
Module._load = function (request, parent, isMain) {
  const now = () => load.call(this, request, parent, isMain);
  if (!parent?.filename?.includes(sdk)) return now();
  if (Object.hasOwn(instead, request)) return instead[request];
  return late.has(request) ? whenUsed(now) : now();
};

/** Stands for the exports of a module, in the ways that the SDK's files ask for them. */
function whenUsed(now) {
  let exports;
  return new Proxy(
    {},
    {
      get(_, name) {
        // Else TypeScript's helpers for `import * as` would copy the exports at once.
        if (name === '__esModule') return true;
        exports ??= now();
        return name === 'default' && !exports.__esModule ? exports : exports[name];
      },
    },
  );
}
