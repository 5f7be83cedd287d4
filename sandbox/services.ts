// The table that `npm start` and `npm run status` end with: what runs, as the cluster tells it.
import type { SandboxConfig } from './config.ts';
import { addressOf } from './door.ts';
import { getJson, kubectl } from './kubectl.ts';
import type { Tools } from './tools/build.ts';

/** A Deployment or a StatefulSet. */
export interface Workload {
  metadata: { name: string; namespace: string };
  spec: { replicas?: number; template: { spec: { containers: { name: string; image: string }[] } } };
  status?: { availableReplicas?: number };
}

const pinned = /^(?<host>[^/]+)\/(?<repository>.+):(?<tag>[\w.-]+)@sha256:(?<digest>[0-9a-f]{64})$/;

/** A tag of the pipeline never moves, and begins with the commit; other images don't tell theirs. */
const commitTag = /^(?<commit>[0-9a-f]{12})-[0-9a-f]{12}$/;

/** Whether an image is a team's: neither an upstream's nor one of Slipway's own. */
const isService = (host: string, repository: string): boolean =>
  !['docker.io', 'cgr.dev'].includes(host) && !/(^|\/)slipway\//.test(repository);

export async function showServices(config: SandboxConfig, tools: Tools): Promise<void> {
  const list = await getJson<{ items: Workload[] }>(kubectl(config, tools), [
    'deployments,statefulsets',
    '--all-namespaces',
    '--selector=app.kubernetes.io/managed-by=slipway',
  ]);
  const rows = serviceRows(config, list?.items ?? []);
  console.log(`\n${table([['SERVICE', 'DIGEST', 'COMMIT', 'READY', 'ADDRESS'], ...rows])}`);
  console.log(`\nkubeconfig  ${config.home}/kubeconfig      logs  ${config.home}/logs`);
  console.log('next        npm run pulumi -- preview      npm stop');
}

/** A row for each service of the teams, system by system. */
export function serviceRows(config: SandboxConfig, workloads: readonly Workload[]): string[][] {
  const namespace = ({ metadata }: Workload) => metadata.namespace;
  const sorted = [...workloads].sort((a, b) => namespace(a).localeCompare(namespace(b)));
  return sorted.flatMap(({ metadata, spec, status }) => {
    const { host, repository, tag, digest } = pinned.exec(spec.template.spec.containers[0]?.image ?? '')?.groups ?? {};
    if (!host || !isService(host, repository!)) return [];
    const commit = commitTag.exec(tag!)?.groups?.commit ?? '-';
    const ready = `${status?.availableReplicas ?? 0}/${spec.replicas ?? 1}`;
    return [[metadata.name, `sha256:${digest?.slice(0, 12)}`, commit, ready, addressOf(config, metadata)]];
  });
}

/** Columns as wide as their widest cell, two spaces between. */
export function table(rows: string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
