/**
 * The text of a bundle, or undefined where it is not there or a source has another content by now. `output`: path of the
 * bundle; like those in its record it starts at the checkout, by default the working directory.
 */
export function upToDate(output: string, checkout?: string): string | undefined;

/** The file beside a bundle. */
export function recordOf(output: string): string;

export function digestOf(content: string | Uint8Array): string;
