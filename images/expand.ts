// Variables and quotes in a word of a Dockerfile, by the rules of BuildKit's shell lexer (a small part of sh's).

/** What variables hold; undefined is a variable that is not set. */
export type Variables = (name: string) => string | undefined;

/**
 * `word` with `$X`, `${X}`, `${X:-word}`, `${X-word}`, `${X:+word}`, `${X+word}`, `${X:?text}` and `${X?text}`
 * replaced and its quotes removed. Names of variables that are not set, and for which no word stands in, are added to
 * `unset`. Throws one line on a form that is not among these.
 */
export function expandWord(word: string, variables: Variables, escapeChar: string, unset?: Set<string>): string {
  const reader = new Reader(word, variables, escapeChar, unset ?? new Set());
  return reader.text(() => false);
}

class Reader {
  readonly #word: string;
  readonly #variables: Variables;
  readonly #escapeChar: string;
  readonly #unset: Set<string>;
  #at = 0;

  constructor(word: string, variables: Variables, escapeChar: string, unset: Set<string>) {
    this.#word = word;
    this.#variables = variables;
    this.#escapeChar = escapeChar;
    this.#unset = unset;
  }

  text(ends: (char: string) => boolean): string {
    let out = '';
    while (this.#at < this.#word.length && !ends(this.#word[this.#at]!)) {
      const char = this.#word[this.#at]!;
      if (char === "'") out += this.#single();
      else if (char === '"') out += this.#double();
      else if (char === '$') out += this.#variable();
      else if (char === this.#escapeChar) {
        out += this.#word[this.#at + 1] ?? '';
        this.#at += 2;
      } else {
        out += char;
        this.#at += 1;
      }
    }
    return out;
  }

  #single(): string {
    const end = this.#word.indexOf("'", this.#at + 1);
    if (end < 0) throw new Error(`${this.#word} has a ' that is not closed`);
    const text = this.#word.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  #double(): string {
    this.#at += 1;
    let out = '';
    for (;;) {
      const char = this.#word[this.#at];
      if (char === undefined) throw new Error(`${this.#word} has a " that is not closed`);
      if (char === '"') break;
      if (char === '$') out += this.#variable();
      else if (char === this.#escapeChar) {
        const next = this.#word[this.#at + 1] ?? '';
        out += next === '"' || next === '$' || next === this.#escapeChar ? next : char + next;
        this.#at += 2;
      } else {
        out += char;
        this.#at += 1;
      }
    }
    this.#at += 1;
    return out;
  }

  #variable(): string {
    const rest = this.#word.slice(this.#at + 1);
    const plain = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest)?.[0];
    if (plain) {
      this.#at += 1 + plain.length;
      return this.#value(plain);
    }
    if (!rest.startsWith('{')) {
      this.#at += 1;
      return '$';
    }
    const name = /^\{([A-Za-z_][A-Za-z0-9_]*)/.exec(rest)?.[1];
    if (!name) throw new Error(`${this.#word} has a \${…} without a variable's name`);
    this.#at += 2 + name.length;
    const operator = /^(?::?[-+?])?/.exec(this.#word.slice(this.#at))![0];
    this.#at += operator.length;
    if (operator === '' && this.#word[this.#at] !== '}') {
      throw new Error(`${this.#word}: of \${${name}…} only the forms :- - :+ + :? ? are read here`);
    }
    const inner = new Set<string>();
    const word = this.#inner(inner);
    return this.#apply(name, operator, word, inner);
  }

  // The word after an operator; what it lacks counts only where it is used.
  #inner(unset: Set<string>): string {
    const reader = new Reader(this.#word, this.#variables, this.#escapeChar, unset);
    reader.#at = this.#at;
    const word = reader.text(char => char === '}');
    if (this.#word[reader.#at] !== '}') throw new Error(`${this.#word} has a \${ that is not closed`);
    this.#at = reader.#at + 1;
    return word;
  }

  #apply(name: string, operator: string, word: string, inner: Set<string>): string {
    const value = this.#variables(name);
    const there = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
    const useWord = () => {
      for (const missing of inner) this.#unset.add(missing);
      return word;
    };
    if (operator.endsWith('-')) return there ? value! : useWord();
    if (operator.endsWith('+')) return there ? useWord() : '';
    if (operator.endsWith('?') && !there) throw new Error(`${name} is not set${word ? `: ${word}` : ''}`);
    return this.#value(name);
  }

  #value(name: string): string {
    const value = this.#variables(name);
    if (value === undefined) this.#unset.add(name);
    return value ?? '';
  }
}
