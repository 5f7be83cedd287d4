// A process for the supervisor, with the question that tells when it serves.
import type { ChildSpec } from '../supervisor.ts';

export type ReadyChild = ChildSpec & {
  env: Record<string, string>;
  /** Resolves when it serves; throws after half a minute, with the log's path, and when aborted. */
  ready(signal?: AbortSignal): Promise<unknown>;
};
