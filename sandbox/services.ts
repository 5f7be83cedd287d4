// The table that `npm start` and `npm run status` end with: what runs, as the cluster tells it.
import type { SandboxConfig } from './config.ts';
import { addressOf } from './door.ts';
import { getJson, kubectl } from './kubectl.ts';
import type { Tools } from './tools/build.ts';

interface Deployment {
  metadata: { name: string; namespace: string };
  spec: { replicas?: number; template: { spec: { containers: { name: string; image: string }[] } } };
  status?: { availableReplicas?: number };
}

/** What the pipeline built: its tag never moves and begins with the commit. */
const pinned = /:(?<commit>[0-9a-f]{12})-[0-9a-f]{12}@sha256:(?<digest>[0-9a-f]{64})$/;

export async function showServices(config: SandboxConfig, tools: Tools): Promise<void> {
  const list = await getJson<{ items: Deployment[] }>(kubectl(config, tools), [
    'deployments',
    '--all-namespaces',
    '--selector=app.kubernetes.io/managed-by=slipway',
  ]);
  const rows = (list?.items ?? []).flatMap(({ metadata, spec, status }) => {
    const parts = pinned.exec(spec.template.spec.containers[0]?.image ?? '')?.groups;
    if (!parts) return [];
    const ready = `${status?.availableReplicas ?? 0}/${spec.replicas ?? 1}`;
    return [[metadata.name, `sha256:${parts.digest?.slice(0, 12)}`, parts.commit!, ready, addressOf(config, metadata)]];
  });
  console.log(`\n${table([['SERVICE', 'DIGEST', 'COMMIT', 'READY', 'ADDRESS'], ...rows])}`);
  console.log(`\nkubeconfig  ${config.home}/kubeconfig      logs  ${config.home}/logs`);
  console.log('next        npm run pulumi -- preview      npm stop');
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
