// Names of branches, as a repository may have them and a tag can be made of (tags.ts).

const NAME = /^[A-Za-z0-9][A-Za-z0-9._/@+=-]*$/;
const LONGEST = 200;

/** What is allowed instead of a branch's name, or undefined where it will do. */
export function branchFault(name: string): string | undefined {
  const allowed = 'a branch name without refs/heads/, of letters, digits and . _ / @ + = -, no "..", no empty part';
  if (!NAME.test(name) || name.length > LONGEST || name.startsWith('refs/')) return allowed;
  const parts = name.split('/');
  return name.includes('..') || parts.some(part => part === '' || part.startsWith('.') || /\.(lock)?$/.test(part))
    ? allowed
    : undefined;
}

/** Whether `text` is a full commit hash, which no branch should be called. */
export function isCommitHash(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}
