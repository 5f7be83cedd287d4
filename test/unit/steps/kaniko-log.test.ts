import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kanikoFailure, kanikoLine } from '../../../steps/kaniko-log.ts';

const own = (msg: string) => JSON.stringify({ level: 'info', msg, time: '2026-01-01T00:00:00Z' });
const DOCKERFILE = 'FROM cerebral/ai-base:cuda as base\nWORKDIR /app\nRUN pip install \\\n    nope\n';

// As the executor v1.25 ends with --log-format=json.
const FAILED = [
  own('Unpacking rootfs as cmd RUN pip install nope requires it.'),
  own('WORKDIR /app'),
  own('Cmd: workdir'),
  own('RUN pip install     nope'),
  own('Cmd: /bin/sh'),
  own('Args: [-c pip install     nope]'),
  own('Running: [/bin/sh -c pip install     nope]'),
  'Collecting nope',
  'ERROR: Could not find a version that satisfies the requirement nope',
  'error building image: error building stage: failed to execute command: waiting for process to exit: exit status 1',
].map(kanikoLine);

test("Kaniko's own lines are read as what they say, and an instruction's as they are", () => {
  assert.deepEqual(kanikoLine(own('RUN true\n')), { text: 'RUN true', own: true });
  assert.deepEqual(kanikoLine('{"level": "of the sea"}'), { text: '{"level": "of the sea"}', own: false });
  assert.deepEqual(kanikoLine('{ a brace'), { text: '{ a brace', own: false });
});

test('a failed build is told by platform, line, instruction and what it said last', () => {
  const { message, details } = kanikoFailure('linux/arm64', FAILED, DOCKERFILE, { exitCode: 1 });
  assert.match(
    message,
    /^linux\/arm64: Dockerfile:3: RUN pip install nope: Collecting nope: ERROR: Could not find a version .* nope: waiting for process to exit: exit status 1$/,
  );
  assert.equal(details.length, 10);
});

test('a failure outside of an instruction is the last thing that was said', () => {
  const lines = [
    own('Retrieving image manifest 10.34.0.202:5000/a@sha256:b'),
    'error building image: GET http://10.34.0.202:5000/v2/a/manifests/sha256:b: MANIFEST_UNKNOWN: manifest unknown',
  ].map(kanikoLine);
  const { message } = kanikoFailure('linux/amd64', lines, DOCKERFILE, { exitCode: 1 });
  assert.match(message, /^linux\/amd64: GET http.*: MANIFEST_UNKNOWN: manifest unknown$/);
  const silent = kanikoFailure('linux/amd64', [], DOCKERFILE, { exitCode: 137 });
  assert.equal(silent.message, 'linux/amd64: the executor ended with 137');
});

test('a build that had too little memory is told as such, with the key that mends it', () => {
  const { message } = kanikoFailure('linux/amd64', FAILED, DOCKERFILE, { exitCode: 137, reason: 'OOMKilled' });
  assert.match(message, /^linux\/amd64: the build was ended for want of memory; .*slipway:serviceBuilds\.memory/);
});
