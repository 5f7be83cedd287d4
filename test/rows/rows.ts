// The promises to users, by the ids that tests cite in their names, and which test holds which.
import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** A row in a few words; a test cites it in brackets at the end of its name: `… (C9, C11)`. */
export const rows = {
  P1: 'a Pulumi project in TypeScript; each of its packages does real work',
  P2: 'an infrastructure team runs it with its own CLI, by the steps of the README',
  P3: 'a preview says what rolls and what rebuilds; of an unchanged tree it is empty, on any machine and from any path',
  P4: 'one stack an environment, a small file, checked strictly, all faults at once',
  P5: 'every workload is pinned by digest; promotion carries the same digest on, as a diff in a pull request',
  P6: 'a stack touches its own cluster and no other',
  P7: 'on a fresh machine one command runs the whole job, and one the tests',
  C1: 'an in-cluster registry: one set of images under three names',
  C2: 'the CUDA base and what is in it',
  C3: 'the CPU base and what is in it',
  C4: 'a base is one index of both platforms; less is refused',
  C5: 'one list of requirements for both bases, locked, imported on each platform, audited',
  C6: 'twelve services, each switched from one base to the other by a word',
  C7: 'a Dockerfile takes its base in each of three ways, and is built on the pinned one',
  C8: 'the pipeline under the teams’ own names and parameters, runs by hand included',
  C9: 'a signed push builds what changed, and only that; anything else creates nothing',
  C10: 'a base or platform that is missing fails before any build, in a line that says how to mend it',
  C11: 'a rollout by digest, and back to the one before when it does not become healthy',
  C12: 'a change of a base is one change: preview, build, verify, dependents',
  C13: 'BuildKit or Kaniko, by configuration',
  C14: 'the teams’ checklists as commands',
  M1: 'an external registry with a password; nothing in the cluster is declared for it',
  M2: 'the backend’s image: a binary for each platform, no root, small',
  M3: 'the backend is a StatefulSet: variables, certificate by reference, keys, places to write',
  M4: 'the ai-service’s image: built from the project’s root, no root, no models inside',
  M5: 'the ai-service is a Deployment: variables, keys by reference, models and datasets read-only',
  M6: 'the entrypoint checks before it starts, a line for each fault',
  M7: 'what can be known at preview fails at preview',
  M8: 'no certificate, key, environment file or model inside an image',
  M9: 'digests in place of latest and restart, with as many commands',
  M10: 'each workload reaches what the catalogue names, and nothing else',
  M11: 'each entry of the troubleshooting is answered by the doctor, or by the error itself',
  A1: 'six services from one repository, for every platform',
  A2: 'one catalogue, a registry for each environment',
  A3: 'all images built and pushed by one command, in parallel, up to the first fault',
  A4: 'copies between registries by digest, whole, without local storage',
  A5: 'a tag of staging or production never moves',
  A6: 'production runs digests that staging has run',
  A7: 'an image is scanned before it reaches a shared registry',
  A8: 'old images go, and nothing that anything still needs',
  A9: 'catalogue, tags and a pull from the cluster as commands; so is the troubleshooting of registry and credentials',
} as const;

export type Row = keyof typeof rows;

export interface RowTest {
  /** From the checkout's root. */
  file: string;
  name: string;
  rows: string[];
}

/** Every test below `test/` that cites rows; ids that are none are among them. */
export function rowTests(): RowTest[] {
  return globSync('test/**/*.ts')
    .sort()
    .flatMap(file => namesIn(file).map(name => ({ file, name, rows: cited(name) })))
    .filter(test => test.rows.length > 0);
}

/** docs/rows.md. */
export function printRows(tests: readonly RowTest[]): string {
  const lines = Object.entries(rows).flatMap(([row, promise]) => [
    `\n## ${row}: ${promise}\n`,
    ...tests.filter(test => test.rows.includes(row)).map(({ file, name }) => `- ${withoutRows(name)} (\`${file}\`)`),
  ]);
  return `# Rows, and the tests that hold them

What Slipway promises, row by row, and the tests that show it. Written by \`npm run golden\` from the tests' own names; a test
fails when a row has none. \`test/unit\`, \`test/program\` and \`test/golden\` run with \`npm test\`, \`test/engine\` on the real
Pulumi engine, \`test/cluster\` on a real cluster.
${lines.join('\n')}
`;
}

// Brackets at the end may hold other words as well: `(order, C9)`.
function cited(name: string): string[] {
  const words = / \(([^()]*)\)$/.exec(name)?.[1]?.split(', ') ?? [];
  return words.filter(word => /^[PCMA]\d{1,2}$/.test(word));
}

const withoutRows = (name: string) => name.replace(/ \([^()]*\)$/, '');

/** The first argument of each call of `test`, as it is written. */
function namesIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText(source) === 'test') {
      const [name] = node.arguments;
      if (name && ts.isStringLiteralLike(name)) names.push(name.text);
      else if (name && ts.isTemplateExpression(name)) names.push(name.getText(source).slice(1, -1));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}
