// What the linters find in a stack's manifests, in one form, so that an exception of the catalogue can let it go.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { schemaPlace } from './schemas.ts';
import type { ManifestTools } from './tools.ts';

export interface LinterFinding {
  /** `kube-score/<check>` or `checkov/<check>`. */
  rule: string;
  /** `Kind namespace/name`. */
  resource: string;
  says: string;
}

/** `file` against the schemas of its kinds: how many documents fit, and what is wrong with the others, in their order. */
export async function kubeconform(tools: ManifestTools, file: string): Promise<{ faults: string[]; valid: number }> {
  // One at a time, so that the order is the file's.
  const options = ['-strict', '-summary', '-n', '1', '-output', 'json'];
  const args = [...options, '-schema-location', join(tools.schemas, schemaPlace), file];
  const { resources = [], summary } = JSON.parse(await outputOf(tools.kubeconform, args)) as {
    resources?: { kind: string; name: string; status: string; msg: string }[];
    summary: { valid: number };
  };
  const faults = resources.map(({ kind, name, status, msg }) => `${kind} ${name}: ${status}: ${msg}`);
  return { faults, valid: summary.valid };
}

export async function kubeScore(tools: ManifestTools, file: string): Promise<LinterFinding[]> {
  const args = ['score', '--output-format', 'json', '--kubernetes-version', 'v1.34', file];
  const objects = JSON.parse(await outputOf(tools.kubeScore, args)) as ScoredObject[];
  return objects.flatMap(({ type_meta: { kind }, object_meta: { namespace, name }, checks }) =>
    checks
      .filter(({ skipped, grade }) => !skipped && grade < allOk)
      .map(({ check: { id }, comments }) => ({
        rule: `kube-score/${id}`,
        resource: `${kind} ${namespace ? `${namespace}/` : ''}${name}`,
        says: (comments ?? []).map(({ path, summary }) => (path ? `${path}: ${summary}` : summary)).join('; '),
      })),
  );
}

const allOk = 10;

interface ScoredObject {
  type_meta: { kind: string };
  object_meta: { name: string; namespace?: string };
  checks: {
    check: { id: string };
    grade: number;
    skipped: boolean;
    comments: { path: string; summary: string }[] | null;
  }[];
}

export async function checkov(tools: ManifestTools, file: string): Promise<LinterFinding[]> {
  const args = [
    '-m',
    'checkov.main',
    '--framework',
    'kubernetes',
    '--output',
    'json',
    '--quiet',
    '--skip-download',
    '--file',
    file,
  ];
  const env = { ...process.env, PYTHONPATH: tools.checkov };
  const { results } = JSON.parse(await outputOf('python3', args, env)) as { results: { failed_checks: FailedCheck[] } };
  return results.failed_checks.map(({ check_id, check_name, resource }) => {
    const [kind, namespace, ...name] = resource.split('.');
    return { rule: `checkov/${check_id}`, resource: `${kind} ${namespace}/${name.join('.')}`, says: check_name };
  });
}

interface FailedCheck {
  check_id: string;
  check_name: string;
  /** `Kind.namespace.name`, `default` where the object has no namespace. */
  resource: string;
}

/** What a linter prints; that it has found something, it says with its exit status as well. */
async function outputOf(command: string, args: string[], env = process.env): Promise<string> {
  const ended = await promisify(execFile)(command, args, { env, maxBuffer: 1 << 28 }).catch(
    (error: { stdout?: string; stderr?: string } & Error) => {
      if (error.stdout) return error as { stdout: string };
      throw error;
    },
  );
  return ended.stdout;
}
