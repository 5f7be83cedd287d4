// Whether the registry takes what an `up` will push: builders show the status of its refusal, and not the reason.
import type { RegistryClient } from '../images/registry.ts';
import { DISK_FULL, RegistryError } from '../images/registry-errors.ts';

/**
 * A warning where the disk under the registry is full, none otherwise: whatever else may be wrong shows where it matters.
 * The `up` goes on, as it may be the one that makes room.
 */
export async function roomNotes(client: RegistryClient, registry: string, repository: string): Promise<string[]> {
  try {
    await client.tryWrite(registry, repository);
  } catch (error) {
    if (error instanceof RegistryError && error.code === DISK_FULL) return [`pushes will fail: ${error.message}`];
  }
  return [];
}
