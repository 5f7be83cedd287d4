// How a service may be called: its name is that of a Kubernetes Service and of a container, and the value of labels.

const LONGEST = 63;

/** What is allowed instead of the name of a service, or undefined where it will do. */
export function serviceNameFault(name: string): string | undefined {
  if (/^[a-z](?:[a-z0-9-]*[a-z0-9])?$/.test(name) && name.length <= LONGEST) return undefined;
  return `a-z, 0-9 and "-", a letter first, no "-" at the end, at most ${LONGEST} characters (it has ${name.length})`;
}
