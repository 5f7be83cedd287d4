import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildThroughUpkeep } from '../../../steps/build-again.ts';
import { StepFailure } from '../../../steps/failure.ts';
import { recordedLog } from './support/folder.ts';

const registry = '10.34.0.202:5000';
const push = `failed to push ${registry}/cerebral/ai-services:`;
const manifest = `http://${registry}/v2/cerebral/ai-services/manifests/sha256:ab`;

/** Builds that fail with `faults`, one after the other, and then end well. */
async function build(faults: string[], takesPushes = async () => {}) {
  const { log, text } = recordedLog();
  let builds = 0;
  const once = async () => {
    const fault = faults[builds];
    builds += 1;
    if (fault !== undefined) throw new StepFailure(`linux/arm64: ${fault}`);
    return 'built';
  };
  const result = await buildThroughUpkeep(once, { registry, takesPushes }, log).catch((error: Error) => error.message);
  return { builds, result, text: text() };
}

const upkeep = {
  'BuildKit, read-only': `${push} unexpected status from POST request to http://${registry}/v2/x/blobs/uploads/: 405 Method Not Allowed`,
  'BuildKit, away': `${push} failed to do request: Head "${manifest}": dial tcp ${registry}: connect: connection refused`,
  'BuildKit, cut off': `${push} failed to do request: Put "http://${registry}/v2/x": EOF`,
  'BuildKit, a base': `${registry}/cerebral/ai-base:cpu@sha256:ab: failed to resolve source metadata for ${registry}/cerebral/ai-base: dial tcp ${registry}: connect: connection refused`,
  'BuildKit, collected': `${push} unexpected status from PUT request to ${manifest}: 400 Bad Request`,
  'Kaniko, read-only': `error pushing image: failed to push to destination ${registry}/x: PUT ${manifest}: unexpected status code 405 Method Not Allowed: Method not allowed`,
  'Kaniko, collected': `error pushing image: failed to push to destination ${registry}/x: PUT ${manifest}: MANIFEST_BLOB_UNKNOWN: blob unknown to registry`,
};

for (const [what, fault] of Object.entries(upkeep)) {
  test(`a build whose registry was in its upkeep is built again: ${what} (A8)`, async () => {
    let asked = 0;
    const { builds, result, text } = await build([fault], async () => {
      asked += 1;
    });
    assert.deepEqual([builds, result, asked], [2, 'built', 1]);
    assert.match(text, /built again once 10\.34\.0\.202:5000 takes pushes/);
    assert.equal((await build([fault, fault])).builds, 2, 'once more, and no more often');
  });
}

test('a build that fails of itself is not built again', async () => {
  const faults = [
    'Dockerfile:7: RUN pip install x: Connection to pypi.org refused: connection refused',
    `${push} unexpected status from PUT request to ${manifest}: 500 Internal Server Error`,
    `${push} unexpected status from HEAD request to ${manifest}: 401 Unauthorized`,
  ];
  for (const fault of faults) assert.equal((await build([fault])).builds, 1, fault);
});

test('a registry that goes on taking no pushes is the reason of the failure', async () => {
  const { builds, result } = await build([upkeep['BuildKit, read-only']], async () => {
    throw new Error('it is read-only');
  });
  assert.equal(builds, 1);
  assert.match(result, /^it is read-only \(linux\/arm64: failed to push/);
});
