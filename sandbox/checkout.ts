// Where this checkout lies: the folder above sandbox/.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
