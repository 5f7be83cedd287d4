/** What the stand-in answers to: the version of the npm package @pulumi/command that programs use. */
export const version = '1.2.1';
