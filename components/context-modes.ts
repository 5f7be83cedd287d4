// File modes of a build context. They are part of its checksum, and a checkout under another umask has other ones: an
// unchanged tree would build again.
import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Gives every file below `folder` the mode that git knows it by: 755 where its owner may run it, 644 otherwise. */
export async function normaliseModes(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  await Promise.all(
    entries
      .filter(entry => entry.isFile())
      .map(async entry => {
        const file = join(entry.parentPath, entry.name);
        try {
          const mode = (await stat(file)).mode & 0o777;
          const wanted = mode & 0o100 ? 0o755 : 0o644;
          if (mode !== wanted) await chmod(file, wanted);
        } catch (error) {
          // Another start writes beside its place and renames.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        }
      }),
  );
}
