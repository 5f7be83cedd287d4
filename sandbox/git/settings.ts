// What the git server is told: one JSON value, its only argument.

export interface Repository {
  /** Path in the address: http://…/<name>.git */
  name: string;
  /** `owner/name`, as the payload of a push spells it. */
  fullName: string;
  /** File with the password that every call of the repository must carry; without it anybody may read and push. */
  tokenFile?: string;
}

export interface GitSettings {
  /** Folder of the bare repositories; those that are missing are made. */
  root: string;
  repositories: Repository[];
  /** An inherited listening socket, or an address of its own. */
  listen: { fd: number } | { host: string; port: number };
  /** Address under which readers fetch, without a slash at its end: the payload's clone_url begins with it. */
  publicUrl: string;
  /** File with the secret that signs webhooks, without a newline. */
  secretFile: string;
  /** Every push is told to each of these. */
  webhooks: string[];
  /** DNS server that knows the webhooks' hosts; the machine's own without it. */
  resolver?: string;
}

export const branch = 'main';
