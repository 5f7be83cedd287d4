// Which files of a repository belong to a service, as its entry in the catalogue names them.

/**
 * What is allowed instead of the path of a folder (`libs/common/`: all below it) or of a file (`requirements.txt`: that
 * one), or undefined where it will do. `./` is the whole repository.
 */
export function changesFault(path: string): string | undefined {
  const allowed =
    'a folder with "/" at its end or a file, from the root of the repository, without white space, "..", "\\" or a pattern';
  if (path === './') return undefined;
  const parts = path.replace(/\/$/, '').split('/');
  const odd = /[\s\\*?[\]{}]/.test(path) || parts.some(part => part === '' || part === '.' || part === '..');
  return odd ? allowed : undefined;
}
