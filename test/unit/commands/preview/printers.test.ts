import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, LONGEST_COMMENT, printComment, printMarkdown } from '../../../../commands/preview/markdown.ts';
import { parsePlans } from '../../../../commands/preview/plan.ts';
import type { Report } from '../../../../commands/preview/report.ts';
import { printText } from '../../../../commands/preview/text.ts';
import { report, roll } from './reports.ts';

const full = report({
  rolls: [
    {
      ...roll('ai-services', 'a', 'b'),
      commits: ['bbbbbbbbbbbb Mend it'],
      compare: 'https://github.com/o/r/compare/a...b',
    },
    { service: 'new-services', to: roll('x', 'a', 'c').to },
  ],
  rebuilds: [
    {
      image: 'cerebral/ai-base:cpu',
      reasons: ['docker/requirements-unified.txt changed', 'build argument A: "1" → "2"'],
      dependents: ['ai-services', 'data-services'],
      inputs: '0123456789abcdef',
    },
  ],
  others: [
    { operation: 'update', kind: 'ConfigMap', name: 'ai-services-config', paths: ['data.LOG_LEVEL'], gone: false },
  ],
  notes: ['digests are of the lock'],
  faults: [{ message: 'first line\nsecond line', resource: 'base-cpu' }],
});

test('a terminal shows both lists, then all else, then what went wrong', () => {
  assert.equal(
    printText(full),
    `prod: 1 fault; as far as it got: 2 services roll, 1 image is rebuilt, 1 other change

Rolls (digest, source commit)
  ai-services   aaaaaaaaaaaa → bbbbbbbbbbbb  aaaaaaaaaaaa..bbbbbbbbbbbb, 1 commit
                bbbbbbbbbbbb Mend it
  new-services  no workload → cccccccccccc  cccccccccccc

Rebuilds
  cerebral/ai-base:cpu
    docker/requirements-unified.txt changed
    build argument A: "1" → "2"
    then built on it: ai-services, data-services

Other changes
  update ConfigMap ai-services-config: data.LOG_LEVEL

Notes
  digests are of the lock

Faults
  base-cpu:
  first line
  second line
`,
  );
});

test('Markdown shows the same, other changes folded', () => {
  const [visible] = printMarkdown(full).split('<!--');
  assert.equal(
    visible,
    `\`prod\`: 1 fault; as far as it got: 2 services roll, 1 image is rebuilt, 1 other change.

**Rolls**

- \`ai-services\` \`aaaaaaaaaaaa\` → \`bbbbbbbbbbbb\`, source [\`aaaaaaaaaaaa..bbbbbbbbbbbb, 1 commit\`](https://github.com/o/r/compare/a...b)
  - \`bbbbbbbbbbbb Mend it\`
- \`new-services\` no workload → \`cccccccccccc\`, source \`cccccccccccc\`

**Rebuilds**

- \`cerebral/ai-base:cpu\`
  - \`docker/requirements-unified.txt changed\`
  - \`build argument A: "1" → "2"\`
  - then built on it: \`ai-services\`, \`data-services\`

<details><summary>1 other change</summary>

- \`update ConfigMap ai-services-config: data.LOG_LEVEL\`

</details>

**Notes**

- \`digests are of the lock\`

**Faults**

\`base-cpu\`

\`\`\`text
first line
second line
\`\`\`


`,
  );
});

test('nothing changed is one line, on a terminal and in a comment', () => {
  assert.equal(printText(report()), 'prod: nothing changes\n');
  const lines = printMarkdown(report())
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('<!--'));
  assert.deepEqual(lines, ['`prod`: nothing changes.']);
});

/** What somebody may call a branch, a commit or a resource to break out of where it is shown. */
const hostile = [
  'a\n\n# A title\n- an item',
  '`code` ``more`` and ```fence```',
  '@everyone closes #1',
  '</details><img src=x onerror=alert(1)>',
  '<!-- slipway plan e30= -->',
  '[a](https://evil.example)|b|',
  'a\u001b[2Jb\u0007\u202Ec\u2028d\r\n```\n# out',
];

test('no text of others breaks out of its line, is a link, a mention or markup', () => {
  for (const text of hostile) {
    const named = report({
      stack: 'prod',
      rolls: [{ ...roll(text, 'a', 'b'), commits: [text] }],
      rebuilds: [{ image: text, reasons: [text], dependents: [text], inputs: '0' }],
      others: [{ operation: 'update', kind: text, name: text, paths: [text], gone: false }],
      notes: [text],
      faults: [{ message: text, resource: text }],
    });
    const plain = printMarkdown(report({ ...named, faults: [] }));
    // Outside of code spans there is nothing but our own words.
    for (const line of plain.split('\n').filter(line => !line.startsWith('<!-- slipway plan'))) {
      const rest = line.replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
      assert.match(
        rest,
        /^(?:: 1 service rolls.*|- +→ , source |\*\*\w+\*\*| *-? *(?:then built on it: )?|<details><summary>1 other change<\/summary>|<\/details>)$/,
        JSON.stringify(line),
      );
    }
    const terminal = printText(named);
    assert.ok(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(terminal.replaceAll('\n', '')), JSON.stringify(terminal));
  }
});

test('a message of many lines stays in its block, whatever fences it has', () => {
  const markdown = printMarkdown(report({ faults: [{ message: 'a\n````\n# out\n```' }] }));
  assert.match(markdown, /\n`````text\na\n````\n# out\n```\n`````\n/);
});

test('a code span holds any run of backticks', () => {
  assert.equal(code('a'), '`a`');
  assert.equal(code('a``b'), '```a``b```');
  assert.equal(code('`a`'), '`` `a` ``');
});

const huge = (many: number): Report =>
  report({
    rolls: Array.from({ length: many }, (_, i) => roll(`service-${i}`, 'a', 'b')),
    others: Array.from({ length: 5000 }, (_, i) => ({
      operation: 'update' as const,
      kind: 'ConfigMap',
      name: `config-${i}`,
      paths: ['data.x'.repeat(100)],
      gone: false,
    })),
    faults: [{ message: 'x'.repeat(5000) }],
  });

test("a comment stays below GitHub's limit, and says what is cut: other changes first, faults last", () => {
  const markdown = printMarkdown(huge(100));
  assert.ok(markdown.length <= LONGEST_COMMENT, `${markdown.length}`);
  assert.ok(markdown.length > LONGEST_COMMENT - 2000, 'the room is used');
  assert.match(markdown, /- … \d+ more: `slipway preview prod` shows them\n\n<\/details>/);
  assert.match(markdown, /`service-99`/);
  assert.match(markdown, /x{1999}…/);
  assert.equal(parsePlans(markdown).length, 1);
});

test('a plan that does not fit is left out whole, and the comment says so', () => {
  const markdown = printMarkdown(huge(3000));
  assert.ok(markdown.length <= LONGEST_COMMENT, `${markdown.length}`);
  assert.deepEqual(parsePlans(markdown), []);
  assert.match(markdown, /The plan is too large for this comment/);
});

test('one comment has every stack, each with its plan, and names those without a report', () => {
  const reports = [report({ stack: 'dev' }), huge(100)];
  const body = printComment(reports, ['staging'], 'f'.repeat(40));
  assert.ok(body.startsWith('<!-- slipway preview -->\n'));
  assert.ok(body.length <= LONGEST_COMMENT, `${body.length}`);
  assert.match(body, /^`dev`: nothing changes\.$/m);
  assert.match(body, /^`staging`: no preview; its job ended without a report\.$/m);
  assert.deepEqual(
    parsePlans(body).map(({ stack, head }) => [stack, head]),
    [
      ['dev', 'f'.repeat(40)],
      ['prod', 'f'.repeat(40)],
    ],
  );
  assert.match(printComment([], [], 'f'), /This change touches no stack/);
});
