import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kanikoDockerfile } from '../../../images/dockerfile-kaniko.ts';

const REGISTRY = '10.34.0.202:5000';
const PINNED = `${REGISTRY}/cerebral/ai-base:cpu@sha256:${'b'.repeat(64)}`;
const TOOLS = `docker.io/library/busybox:1.36@sha256:${'c'.repeat(64)}`;

const FORMS: [name: string, dockerfile: string, base: string, from: string][] = [
  [
    'ARG BASE',
    `ARG BASE=internal:5000/cerebral/ai-base:cuda\nFROM \${BASE}\nRUN true\n`,
    'internal:5000/cerebral/ai-base:cuda',
    `FROM ${PINNED}`,
  ],
  [
    "ARG REGISTRY and BASE_IMAGE_TAG, with the teams' comment",
    `ARG REGISTRY=${REGISTRY}\nARG BASE_IMAGE_TAG=cuda  # or 'cpu'\nFROM \${REGISTRY}/cerebral/ai-base:\${BASE_IMAGE_TAG}\n`,
    `${REGISTRY}/cerebral/ai-base:cuda`,
    `FROM ${PINNED}`,
  ],
  [
    'the bare name',
    'FROM cerebral/ai-base:cuda as base\nCOPY . .\n',
    'cerebral/ai-base:cuda',
    `FROM ${PINNED} as base`,
  ],
];
for (const [name, dockerfile, base, from] of FORMS) {
  test(`Kaniko gets a base written by ${name} as the pinned one, and all else as it is`, () => {
    const written = kanikoDockerfile(dockerfile, new Map([[base, PINNED]]), 'linux/arm64').split('\n');
    const expected = dockerfile.split('\n').map(line => (/^FROM/.test(line) ? from : line));
    assert.deepEqual(written, expected);
  });
}

test('stages keep their names and their uses of each other; images that are copied from are pinned too', () => {
  const dockerfile = [
    'FROM cerebral/ai-base:cuda AS build',
    'FROM build AS test',
    'FROM scratch AS bare',
    'FROM cerebral/ai-base:cuda',
    'COPY --from=build /a /a',
    'COPY --chown=1:1 --from=busybox:1.36 /bin/sh /sh',
    'COPY --from=bare / /',
    'COPY --from=1 / /',
    '',
  ];
  const pinned = new Map([
    ['cerebral/ai-base:cuda', PINNED],
    ['busybox:1.36', TOOLS],
  ]);
  const written = kanikoDockerfile(dockerfile.join('\n'), pinned, 'linux/amd64').split('\n');
  assert.deepEqual(written, [
    `FROM ${PINNED} AS build`,
    'FROM build AS test',
    'FROM scratch AS bare',
    `FROM ${PINNED}`,
    'COPY --from=build /a /a',
    `COPY --chown=1:1 --from=${TOOLS} /bin/sh /sh`,
    'COPY --from=bare / /',
    'COPY --from=1 / /',
    '',
  ]);
});

test('a base that is named by the platform is another one on each', () => {
  const dockerfile = 'ARG TARGETARCH\nFROM tools:${TARGETARCH}\n';
  const pinned = new Map([
    ['tools:amd64', 'docker.io/library/tools:amd64@sha256:1'],
    ['tools:arm64', 'docker.io/library/tools:arm64@sha256:2'],
  ]);
  assert.match(kanikoDockerfile(dockerfile, pinned, 'linux/arm64'), /^FROM .*:arm64@sha256:2$/m);
  assert.match(kanikoDockerfile(dockerfile, pinned, 'linux/amd64'), /^FROM .*:amd64@sha256:1$/m);
});

test('a stage that nothing refers to is left alone: Kaniko does not build it either', () => {
  const dockerfile = 'FROM nowhere:1 AS unused\nRUN --mount=type=secret,id=x true\nFROM cerebral/ai-base:cuda\n';
  const written = kanikoDockerfile(dockerfile, new Map([['cerebral/ai-base:cuda', PINNED]]), 'linux/amd64');
  assert.match(written, /^FROM nowhere:1 AS unused\n/);
});

const REFUSED: [dockerfile: string, message: RegExp][] = [
  [
    'FROM scratch\nRUN --mount=type=secret,id=x true\n',
    /^Dockerfile line 2: RUN --mount=type=secret: Kaniko can't mount/,
  ],
  ['FROM scratch\nRUN --mount=target=/x true\n', /^Dockerfile line 2: RUN --mount=type=bind: Kaniko can't mount/],
  ['FROM scratch\nRUN <<EOF\ntrue\nEOF\n', /^Dockerfile line 2: RUN <<…: Kaniko can't read here-documents/],
  ['FROM scratch\nCOPY <<EOF /x\nhi\nEOF\n', /^Dockerfile line 2: COPY <<…: Kaniko can't read here-documents/],
  [
    'FROM --platform=linux/amd64 scratch AS tools\nFROM scratch\nCOPY --from=tools / /\n',
    /^Dockerfile line 1: FROM --platform=linux\/amd64: Kaniko can't build a stage for another platform than its own; .*BuildKit \(slipway:serviceBuilds\.builder\)$/,
  ],
];
for (const [dockerfile, message] of REFUSED) {
  test(`what Kaniko would pass over is refused: ${dockerfile.split('\n').find(line => /--|<</.test(line))}`, () => {
    assert.throws(() => kanikoDockerfile(dockerfile, new Map(), 'linux/arm64'), { message });
  });
}

test('a cache mount is no reason to refuse: the instruction does the same without it', () => {
  const dockerfile = 'FROM scratch\nRUN --mount=type=cache,target=/root/.cache true\n';
  assert.equal(kanikoDockerfile(dockerfile, new Map(), 'linux/amd64'), dockerfile);
});
