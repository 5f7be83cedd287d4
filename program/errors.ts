// How a failure of the program reaches a person.
import * as pulumi from '@pulumi/pulumi';

/** Runs `declare`. A message for people needs no stack trace, and Pulumi shows a RunError without; a fault has one. */
export async function inOneLine<T>(declare: () => Promise<T>): Promise<T> {
  try {
    return await declare();
  } catch (error) {
    if (error instanceof Error && !/^(Type|Reference|Syntax|Range)Error$/.test(error.name))
      throw new pulumi.RunError(error.message);
    throw error;
  }
}
