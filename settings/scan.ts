// What a stack says of the scan before an image goes to a shared registry.
import * as z from 'zod';

const word = z.string().min(1, 'expected a name');

/** From the least. */
export const severities = ['low', 'medium', 'high', 'critical'] as const;

export type Severity = (typeof severities)[number];

export const exceptionSchema = z.strictObject({
  id: word.describe('Any of its ids, for example CVE-2024-1234.'),
  reason: z.string().trim().min(1, 'expected the reason, as a text').describe('Why it does not stop a push.'),
  until: z.iso
    .date('expected the last day, for example 2027-01-31')
    .optional()
    .describe('The last day (UTC) on which it does not; default: no end.'),
});

export const scanSchema = z.strictObject({
  database: word.describe(
    'Known vulnerabilities in the form of OSV: a zip archive, a folder of JSON files or a JSON list; from the checkout, or absolute.',
  ),
  threshold: z.enum(severities).default('high').describe('The least severity that stops a push.'),
  ignore: z
    .array(exceptionSchema)
    .default([])
    .describe('Vulnerabilities that do not stop a push, each with its reason.'),
  without: z
    .array(word)
    .default([])
    .describe('Ecosystems whose packages are not looked up, for example npm; without, a database must know each.'),
});

/** How one scan is judged. */
export type ScanSettings = z.infer<typeof scanSchema>;
export type ScanException = z.infer<typeof exceptionSchema>;
