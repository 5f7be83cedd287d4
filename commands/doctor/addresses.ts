// The addresses that an environment names, in the forms that programs take them: pairs of variables, lists, URLs. Pure.

export interface Address {
  /** The variables that name it. */
  variables: string;
  /** An IP without brackets, or a name. */
  host: string;
  port: number;
}

const PORTS: Record<string, number> = { 'http:': 80, 'https:': 443 };

/** `X_HOST` with `X_PORT`, `host:port` with commas between, `http(s)://host[:port]`. All else names no address. */
export function addressesOf(environment: Readonly<Record<string, string>>): Address[] {
  return Object.entries(environment).flatMap(([name, value]): Address[] => {
    const stem = /^(.*)_HOST$/.exec(name)?.[1];
    const port = stem === undefined ? undefined : environment[`${stem}_PORT`];
    if (port !== undefined) return addressOf(`${name} and ${stem}_PORT`, value.trim(), port.trim());
    if (/^https?:\/\//.test(value) && URL.canParse(value)) {
      const { protocol, hostname, port: own } = new URL(value);
      return addressOf(name, hostname, own || String(PORTS[protocol]));
    }
    return value.split(',').flatMap(part => {
      const [, host, own] = /^(\[[0-9a-f:.]+\]|[\w.-]+):(\d+)$/i.exec(part.trim()) ?? [];
      return host === undefined ? [] : addressOf(name, host, own!);
    });
  });
}

function addressOf(variables: string, host: string, port: string): Address[] {
  const number = Number(port);
  const valid = host !== '' && Number.isInteger(number) && number >= 1 && number <= 65535;
  return valid ? [{ variables, host: host.replace(/^\[|\]$/g, ''), port: number }] : [];
}
