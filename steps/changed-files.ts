// Files that a push has changed, and which of the paths of a service they lie below.

/** Paths that have changed, asked by the paths of services. */
export interface ChangedFiles {
  readonly paths: ReadonlySet<string>;
  /**
   * The first of `rules` that one of the files belongs to: `folder/` has all below it (and the folder itself, which is
   * how git names a submodule), another path that very file, `./` all there are.
   */
  firstOf(rules: readonly string[]): string | undefined;
}

export function changedFiles(files: readonly string[]): ChangedFiles {
  // A push of 25 MB has hundreds of thousands of files, and a repository hundreds of services: no pairing of the two.
  const paths = new Set(files);
  const folders = foldersOf(files);
  const has = (rule: string) =>
    rule === './' ? paths.size > 0 : paths.has(rule.replace(/\/$/, '')) || (rule.endsWith('/') && folders.has(rule));
  return { paths, firstOf: rules => rules.find(has) };
}

/** Every folder that holds one of the files, at any depth, with a slash at its end. */
function foldersOf(files: readonly string[]): Set<string> {
  const folders = new Set<string>();
  const above = (folder: string) => folder.slice(0, folder.slice(0, -1).lastIndexOf('/') + 1);
  for (const file of files) {
    // Where a folder is known, so are those above it.
    for (let folder = file.slice(0, file.lastIndexOf('/') + 1); !folders.has(folder); folder = above(folder)) {
      folders.add(folder);
    }
  }
  return folders;
}
