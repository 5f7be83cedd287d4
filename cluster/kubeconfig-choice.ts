// Which context of a kubeconfig is meant, and how it is said that there is none.

/** The name of the wanted context (default: the file's current one). Throws one line that lists those there are. */
export function chooseContext(where: string, names: readonly string[], current = '', wanted = current): string {
  if (names.includes(wanted)) return wanted;
  const found = names.length > 0 ? `it has ${names.join(', ')}` : 'it has none';
  throw new Error(`kubeconfig ${where}: ${wanted ? `no context "${wanted}"` : 'no current context'}; ${found}`);
}

/** For a context whose cluster is not in the file. */
export function noCluster(where: string, context: string): Error {
  return new Error(`kubeconfig ${where}: context "${context}" names a cluster that the file does not have`);
}
