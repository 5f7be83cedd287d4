import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandBuilt, imagesRequest } from '../../../../commands/build-images/request.ts';
import { formOf } from '../../../../commands/builds/form.ts';

const system = commandBuilt('ai-stack');
const request = (options: object = {}, env: NodeJS.ProcessEnv = {}, services: string[] = []) =>
  imagesRequest(system, services, { system: 'ai-stack', endpoints: '', ...options }, env);

test('without options all six go to localhost:5000 under dev, from this checkout, for both platforms (A1, A3)', () => {
  const { services, registry, tag, root, platforms, immutable } = request();
  assert.deepEqual(
    services.map(({ name, image, dockerfile, context }) => [name, image, dockerfile, context]),
    [
      ['aidb', 'ai-stack-aidb', 'ai-stack/mcp-servers/aidb/Dockerfile', '.'],
      ...['hybrid-coordinator', 'ralph-wiggum'].map(name => [
        name,
        `ai-stack-${name}`,
        `ai-stack/mcp-servers/${name}/Dockerfile`,
        '.',
      ]),
      ['embeddings', 'ai-stack-embeddings', 'ai-stack/mcp-servers/embeddings-service/Dockerfile', '.'],
      ['nixos-docs', 'ai-stack-nixos-docs', 'ai-stack/mcp-servers/nixos-docs/Dockerfile', '.'],
      ['dashboard-api', 'ai-stack-dashboard-api', 'dashboard/backend/Dockerfile', '.'],
    ],
  );
  assert.deepEqual([registry, tag, immutable], ['localhost:5000', 'dev', false]);
  assert.equal(root, join(import.meta.dirname, '../../../../samples/ai-stack'));
  assert.deepEqual(platforms, ['linux/amd64', 'linux/arm64']);
});

test('--registry wins over AI_STACK_REGISTRY, which wins over the catalogue; an empty variable is none (A2, A3)', () => {
  const env = { AI_STACK_REGISTRY: 'staging.registry.example.com' };
  assert.equal(request({}, env).registry, 'staging.registry.example.com');
  assert.equal(request({ registry: 'prod.registry.example.com' }, env).registry, 'prod.registry.example.com');
  assert.equal(request({}, { AI_STACK_REGISTRY: '' }).registry, 'localhost:5000');
});

test('tags move on this machine alone, and not there where --immutable says so (A5)', () => {
  const moves = (options: object) => !request(options).immutable;
  assert.ok(moves({}) && moves({ registry: '127.0.0.1:15000' }));
  assert.ok(!moves({ immutable: true }));
  for (const registry of ['staging.registry.example.com', 'prod.registry.example.com']) assert.ok(!moves({ registry }));
});

test('every fault of the request is told at once, with what is allowed', () => {
  assert.throws(
    () => request({ tag: 'live-x' }, { AI_STACK_REGISTRY: 'https://x/y' }, ['aidbb', 'embeddings', 'web']),
    /^Error: "aidbb" is no service of ai-stack; .* did you mean "aidb"\?\n"web" is no service of ai-stack; .*\n\$AI_STACK_REGISTRY: found "https:\/\/x\/y"; expected host .*\n--tag: found "live-x"; tags of this form are Slipway's own/,
  );
  assert.throws(() => request({ tag: 'a b' }), /--tag: found "a b"; expected /);
});

test('a system that a pipeline builds, or its stack, is not built by a command', () => {
  assert.throws(
    () => commandBuilt('cerebral'),
    /cerebral is not built by a command: pushes and `slipway build <stack>`/,
  );
  assert.throws(() => commandBuilt('cybermesh'), /cybermesh is not built by a command: `pulumi up`/);
});

test('the two forms of slipway build are told apart, and not mixed', () => {
  assert.deepEqual(formOf(['local', 'a'], undefined, ['commit']), { stack: 'local', services: ['a'] });
  assert.deepEqual(formOf(['aidb'], 'ai-stack', ['tag']), { system: 'ai-stack', services: ['aidb'] });
  assert.throws(() => formOf([], undefined, []), /^Error: name a stack, or a system by --system \(ai-stack\)$/);
  assert.throws(
    () => formOf(['local'], undefined, ['tag', 'immutable']),
    /^Error: --tag, --immutable: only with --system/,
  );
  assert.throws(
    () => formOf([], 'ai-stack', ['commit', 'follow']),
    /^Error: --commit, --no-follow: only without --system/,
  );
});
