import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BaseUse, dockerfileWarnings, findBases } from '../../../images/dockerfile.ts';
import { formatReference } from '../../../images/reference.ts';
import { reference } from './arbitraries.ts';

const names = (text: string, options?: Parameters<typeof findBases>[1]) =>
  findBases(text, options).map(use => use.reference);
const file = (...lines: string[]) => lines.join('\n');

test('the three forms in which services name their base give the same base', () => {
  const alias = 'internal-registry.registry.svc.cluster.local:5000/cerebral/ai-base:cuda';
  assert.deepEqual(names(file(`ARG BASE=${alias}`, 'FROM ${BASE}')), [alias]);
  const split = file(
    'ARG REGISTRY=10.34.0.202:5000',
    "ARG BASE_IMAGE_TAG=cuda  # or 'cpu'",
    'FROM ${REGISTRY}/cerebral/ai-base:${BASE_IMAGE_TAG}',
  );
  assert.deepEqual(names(split), ['10.34.0.202:5000/cerebral/ai-base:cuda']);
  assert.deepEqual(names('FROM cerebral/ai-base:cuda as base'), ['cerebral/ai-base:cuda']);
});

test('a base is found as it is written, on its line, whatever reference it is', () => {
  fc.assert(
    fc.property(reference.map(formatReference), fc.nat(5), (base, blank) => {
      const expected: BaseUse[] = [{ reference: base, line: blank + 1, instruction: 'FROM' }];
      assert.deepEqual(findBases(`${'\n'.repeat(blank)}FROM ${base}\nRUN true\n`), expected);
    }),
  );
});

test('a base is the same as a default, as a build argument and behind another ARG', () => {
  fc.assert(
    fc.property(reference.map(formatReference), base => {
      assert.deepEqual(names(file(`ARG B=${base}`, 'FROM $B')), [base]);
      assert.deepEqual(names(file('ARG B=other', 'FROM $B'), { buildArgs: { B: base } }), [base]);
      assert.deepEqual(names(file(`ARG A="${base}"`, 'ARG B=${A}', 'FROM ${B}')), [base]);
      assert.deepEqual(names(`FROM \${B:-${base}}`), [base]);
    }),
  );
});

test('a chain of stages needs just its first base, wherever the stages copy from', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('FROM', 'COPY', 'RUN'), { maxLength: 8 }), kinds => {
      const stages = kinds.map((kind, i) => {
        if (kind === 'FROM') return `FROM s${i} AS s${i + 1}`;
        const take = kind === 'COPY' ? `COPY --from=S${i} /a /b` : `RUN --mount=type=bind,from=s${i},target=/m true`;
        return file(`FROM scratch AS s${i + 1}`, take);
      });
      assert.deepEqual(names(file('FROM first/base:1 AS s0', ...stages)), ['first/base:1']);
    }),
  );
});

test('platform arguments expand, and a fixed platform is kept', () => {
  const text = file(
    'FROM --platform=$BUILDPLATFORM go:1 AS build',
    'FROM --platform=linux/arm64/v8 tool-${TARGETOS}-${TARGETARCH}:1 AS tool',
    'FROM app-$TARGETARCH$TARGETVARIANT:1',
    'COPY --from=build a b',
    'COPY --from=1 a b',
  );
  assert.deepEqual(findBases(text, { platformArgs: 'linux/arm/v7' }), [
    { reference: 'go:1', line: 1, instruction: 'FROM', platform: 'linux/arm/v7' },
    { reference: 'tool-linux-arm:1', line: 2, instruction: 'FROM', platform: 'linux/arm64' },
    { reference: 'app-armv7:1', line: 3, instruction: 'FROM' },
  ]);
});

test('the platform of the builder is not that of what it builds, where they differ', () => {
  const text = file(
    'FROM --platform=$BUILDPLATFORM go:$BUILDARCH AS build',
    'FROM app:$TARGETARCH',
    'COPY --from=build a b',
  );
  assert.deepEqual(findBases(text, { platformArgs: 'linux/arm64', buildPlatform: 'linux/amd64' }), [
    { reference: 'go:amd64', line: 1, instruction: 'FROM', platform: 'linux/amd64' },
    { reference: 'app:arm64', line: 2, instruction: 'FROM' },
  ]);
});

test('a platform of one word is read as BuildKit reads it', () => {
  const platform = (word: string) =>
    findBases(`FROM --platform=${word} a`, { platformArgs: 'linux/arm64' }).map(use => use.platform);
  assert.deepEqual(platform('amd64'), ['linux/amd64']);
  assert.deepEqual(platform('linux'), ['linux/arm64']);
});

test('instructions in any case, comments inside a continuation and another escape are all the same Dockerfile', () => {
  const text = file(
    '# escape=`',
    'arg REG=10.34.0.202:5000 `',
    '    # a comment in between',
    '    TAG=cuda',
    'from --platform=$TARGETPLATFORM `',
    '  ${REG}/cerebral/ai-base:${TAG} `',
    '# another',
    '  as Base',
    'run <<-"END" cat && `',
    '  true',
    '  FROM evil:1',
    '\tEND',
    'FROM base',
    'copy --from=BASE a b',
  );
  assert.deepEqual(findBases(text), [
    {
      reference: '10.34.0.202:5000/cerebral/ai-base:cuda',
      line: 5,
      instruction: 'FROM',
      platform: 'linux/amd64',
    },
  ]);
});

test('a stage may be called like what it is built on, and later uses mean the stage', () => {
  const text = file(
    'FROM python:3.11-slim AS ai-base',
    'FROM python AS python',
    'FROM python',
    'COPY --from=ai-base a b',
  );
  assert.deepEqual(names(text), ['python:3.11-slim', 'python']);
});

test('images that COPY and RUN take from are bases too', () => {
  const text = file(
    '# a comment',
    'FROM scratch',
    'COPY --from=moby/buildkit:v0.25.2 --chmod=755 /usr/bin/buildctl \\',
    '  # in between',
    '  /usr/bin/',
    'RUN --mount=type=cache,target=/c --mount=type=bind,from="tools:2",target=/t true',
    'COPY --from=scratch /a /b',
  );
  assert.deepEqual(findBases(text), [
    { reference: 'moby/buildkit:v0.25.2', line: 3, instruction: 'COPY' },
    { reference: 'tools:2', line: 6, instruction: 'RUN' },
  ]);
});

test('what stands in heredocs, comments and ONBUILD is no instruction of this build', () => {
  const text = file(
    'FROM a:1',
    'RUN <<EOT',
    'FROM evil:1',
    'COPY --from=evil:2 a b',
    'EOT',
    '# FROM evil:3',
    'ONBUILD COPY --from=evil:4 a b',
    'COPY <<FILE /x',
    'FROM evil:5',
    'FILE',
  );
  assert.deepEqual(names(text), ['a:1']);
});

test('a stage that nothing refers to is not built, unless it is the target', () => {
  const text = file('FROM test:1 AS test', 'FROM a:1', 'FROM b:1 AS final');
  assert.deepEqual(names(text), ['b:1']);
  assert.deepEqual(names(text, { target: 'TEST' }), ['test:1']);
  assert.deepEqual(names(text, { target: '1' }), ['a:1']);
  assert.throws(() => findBases(text, { target: 'x' }), {
    message: 'Dockerfile: it has no stage x; its stages are test, 1, final',
  });
});

test('a stage name counts from its own line on in FROM, and everywhere in COPY', () => {
  assert.deepEqual(names(file('FROM late AS first', 'FROM b:1 AS late', 'COPY --from=first a b')), ['late', 'b:1']);
  assert.deepEqual(names(file('FROM a:1', 'FROM b:1 AS b', 'FROM scratch', 'COPY --from=b x y')), ['b:1']);
});

test('an ARG of a stage, and ENV, do not reach FROM', () => {
  const text = file('ARG V=1', 'FROM a:$V', 'ARG V=2', 'ENV V=3', 'FROM b:$V', 'COPY --from=0 x y');
  assert.deepEqual(names(text), ['a:1', 'b:1']);
});

test('the escape directive and quotes are followed', () => {
  assert.deepEqual(names(file('# escape=`', 'FROM `', '  a:1')), ['a:1']);
  assert.deepEqual(names('FROM "a:1"'), ['a:1']);
  assert.deepEqual(names(file("ARG A='x'", 'ARG B="${A}y" C=z', 'FROM $B$C:1')), ['xyz:1']);
});

test('each way to write a variable is read', () => {
  const cases: [string, string][] = [
    ['${SET}', 'set'],
    ['${SET:-word}', 'set'],
    ['${EMPTY:-word}', 'word'],
    ['x${EMPTY-word}', 'x'],
    ['${UNSET-${SET}-${UNSET:-inner}}', 'set-inner'],
    ['x${UNSET:+word}', 'x'],
    ['${SET:+word}', 'word'],
    ['${SET:?needed}', 'set'],
    ['${UNSET:-\'quo\'"ted"}', 'quoted'],
  ];
  for (const [word, value] of cases) {
    assert.deepEqual(names(file('ARG SET=set', 'ARG EMPTY=', 'ARG UNSET', `FROM ${word}`)), [value], word);
  }
});

test('any text is refused with a line that says where, or read', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'FROM a',
      'FROM $',
      'FROM ${',
      'FROM a AS',
      'ARG',
      'ARG =',
      'ARG A="',
      'RUN --mount=from=',
      'COPY --from= a b',
      'FROM "a',
      '# escape=`',
      'RUN <<E',
      '\\',
    ),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), lines => {
      try {
        findBases(lines.join('\n'));
      } catch (error) {
        assert.match((error as Error).message, /^Dockerfile( line \d+)?: \S/);
      }
    }),
    { numRuns: 1000 },
  );
});

test('faults are told with their line', () => {
  const cases: [string, string][] = [
    ['', 'Dockerfile: it has no FROM'],
    ['# a comment alone', 'Dockerfile: it has no FROM'],
    ['RUN true', 'Dockerfile line 1: RUN stands before the first FROM; only ARG may'],
    [file('ENV A=b', 'FROM a'), 'Dockerfile line 1: ENV stands before the first FROM; only ARG may'],
    [file('<<<<<<< HEAD', 'FROM a'), 'Dockerfile line 1: <<<<<<< stands before the first FROM; only ARG may'],
    ['<!DOCTYPE html>', 'Dockerfile line 1: <!DOCTYPE stands before the first FROM; only ARG may'],
    [
      file('ARG B', 'FROM x/${B}:${C}'),
      'Dockerfile line 2: FROM x/${B}:${C}: B and C have no value; ' +
        'give the ARG before the first FROM a default, or pass it as a build argument',
    ],
    [
      file('ARG B=', 'FROM ${B}'),
      'Dockerfile line 2: FROM ${B}: it is empty; ' +
        'give the ARG before the first FROM a default, or pass it as a build argument',
    ],
    [file('FROM a', 'FROM'), 'Dockerfile line 2: FROM: expected FROM [--platform=…] image [AS name]'],
    ['FROM a b', 'Dockerfile line 1: FROM a b: expected FROM [--platform=…] image [AS name]'],
    ['FROM a AS', 'Dockerfile line 1: FROM a AS: expected FROM [--platform=…] image [AS name]'],
    ['FROM a IS b', 'Dockerfile line 1: FROM a IS b: expected FROM [--platform=…] image [AS name]'],
    ['FROM ${X:?}', 'Dockerfile line 1: FROM ${X:?}: X is not set'],
    ['FROM ${X:?needed}', 'Dockerfile line 1: FROM ${X:?needed}: X is not set: needed'],
    ['FROM ${X%y}', 'Dockerfile line 1: FROM ${X%y}: ${X%y}: of ${X…} only the forms :- - :+ + :? ? are read here'],
    ['FROM ${X', 'Dockerfile line 1: FROM ${X: ${X: of ${X…} only the forms :- - :+ + :? ? are read here'],
    ['FROM ${X:-a', 'Dockerfile line 1: FROM ${X:-a: ${X:-a has a ${ that is not closed'],
    ['FROM ${}', "Dockerfile line 1: FROM ${}: ${} has a ${…} without a variable's name"],
    ['FROM "a', 'Dockerfile line 1: FROM "a: "a has a " that is not closed'],
    ["FROM 'a", "Dockerfile line 1: FROM 'a: 'a has a ' that is not closed"],
    [
      file('ARG A=${B%c}', 'FROM a'),
      'Dockerfile line 1: ARG ${B%c}: ${B%c}: of ${B…} only the forms :- - :+ + :? ? are read here',
    ],
    [
      'FROM https://host/a:1',
      'Dockerfile line 1: FROM: image reference "https://host/a:1": it is a URL; leave out the scheme',
    ],
    [
      'FROM a@sha256:12',
      'Dockerfile line 1: FROM: image reference "a@sha256:12": digest "sha256:12": ' +
        'it has 2 digits; expected sha256: and 64 lower-case hexadecimal digits',
    ],
    [
      'FROM --platform= a\nFROM --platform=linux/ a',
      'Dockerfile line 2: --platform=linux/: platform "linux/": ' +
        'expected os/architecture[/variant], for example linux/amd64 or linux/arm64',
    ],
    [
      file('FROM a', 'COPY --from=$X a b'),
      'Dockerfile line 2: COPY --from=$X: no variables there; write FROM $X AS some-name and take it from some-name',
    ],
    [file('FROM a', 'COPY --from=1 a b'), 'Dockerfile line 2: COPY takes from stage 1; there are stages 0 to 0'],
    [file('FROM a', 'COPY --from= a b'), 'Dockerfile line 2: COPY --from= names nothing; expected a stage or an image'],
    [
      file('FROM a', "RUN --mount=type=bind,from='',target=/x true"),
      'Dockerfile line 2: RUN --mount=…,from= names nothing; expected a stage or an image',
    ],
    [
      file('FROM a AS x', 'RUN --mount=type=bind,from=x,target=/x true'),
      'Dockerfile line 2: RUN takes from its own stage, x',
    ],
    [file('FROM a AS x', 'COPY --from=x a b'), 'Dockerfile line 2: COPY takes from its own stage, x'],
    [
      file('FROM a', 'RUN --mount=type=bind,from=A,target=/x true'),
      'Dockerfile line 2: RUN: image reference "A": ' +
        'repository part "A" has upper-case letters; only lower case is allowed',
    ],
  ];
  for (const [text, message] of cases) assert.throws(() => findBases(text), { message }, text);
});

test('a comment behind an ARG is told as what BuildKit reads', () => {
  assert.deepEqual(dockerfileWarnings(file('FROM a', "ARG TAG=cuda  # or 'cpu'")), [
    {
      line: 2,
      message:
        'ARG has no comments at the end of a line: "# or \'cpu\'" is read as 3 more arguments; ' +
        'put the comment on a line of its own above',
    },
  ]);
  assert.deepEqual(dockerfileWarnings(file('# fine', 'ARG A=b#c D="# e"', 'FROM a')), []);
});

test('a syntax line is told as an image more to fetch', () => {
  assert.deepEqual(dockerfileWarnings(file('# syntax=docker/dockerfile:1', 'FROM a')), [
    {
      line: 1,
      message:
        '# syntax=docker/dockerfile:1 makes BuildKit fetch a parser of its own as an image; ' +
        'without that line it uses the one it has',
    },
  ]);
});
