/**
 * Runs a bundle and gives its exports. `output`: its path from the checkout. `maker` gives what makes it, and is asked only
 * where it is missing or a source has another content by now.
 */
export function load(
  output: string,
  checkout: string,
  maker: () => Promise<(output: string, checkout: string) => Promise<string>>,
): Promise<unknown>;
