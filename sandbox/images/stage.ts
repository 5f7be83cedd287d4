// Files put together in a folder, to become a layer: each from a file, a text or a link, with the mode it says.
import { chmod, constants, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export type Entry =
  /** A copy of a file of the machine. */
  | { path: string; file: string; mode?: number }
  | { path: string; text: string; mode?: number }
  | { path: string; link: string }
  | { path: string; folder: true; mode?: number };

/** Writes the entries below `folder`; folders on the way get mode 0755, files 0644 unless said. */
export async function stage(folder: string, entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) {
    const target = join(folder, entry.path);
    await makeFolders(folder, dirname(entry.path));
    if ('link' in entry) {
      await symlink(entry.link, target);
      continue;
    }
    // A hard link would be cheaper, but a mode belongs to the file and not to its name.
    if ('file' in entry) await copyFile(entry.file, target, constants.COPYFILE_FICLONE);
    else if ('text' in entry) await writeFile(target, entry.text);
    else await makeFolders(folder, entry.path);
    await chmod(target, entry.mode ?? ('folder' in entry ? 0o755 : 0o644));
  }
}

/** mkdir -p with a mode that doesn't depend on the umask. */
async function makeFolders(root: string, path: string): Promise<void> {
  let made = root;
  for (const part of path.split('/').filter(name => name !== '' && name !== '.')) {
    made = join(made, part);
    const created = await mkdir(made, { recursive: true });
    if (created) await chmod(made, 0o755);
  }
}
