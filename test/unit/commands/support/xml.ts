// As much of XML as a page of ours has: elements, quoted attributes, texts. Throws on whatever is not well-formed.

export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  /** Of this element itself, entities resolved. */
  text: string;
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const token = /<\/([\w-]+)\s*>|<([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;

/** The one root element of `text`. */
export function parseXml(text: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  token.lastIndex = 0;
  for (let at = 0; at < text.length; at = token.lastIndex) {
    const match = token.exec(text);
    if (!match) throw new Error(`not well-formed at ${at}: ${text.slice(at, at + 60)}`);
    const [, end, name, attributes = '', empty, content] = match;
    const parent = open.at(-1)!;
    if (content !== undefined) parent.text += resolved(content);
    else if (end !== undefined) {
      if (parent.name !== end) throw new Error(`</${end}> ends <${parent.name}>`);
      open.pop();
    } else {
      const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, resolved(value!)]);
      const element = { name: name!, attributes: Object.fromEntries(pairs), children: [], text: '' };
      parent.children.push(element);
      if (!empty) open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> has no end`);
  return root.children[0]!;
}

function resolved(text: string): string {
  return text.replace(/&([^;\s]*;?)/g, (whole, entity: string) => {
    const known = entities[entity.replace(/;$/, '')];
    if (known === undefined || !entity.endsWith(';')) throw new Error(`${whole} is no entity`);
    return known;
  });
}
