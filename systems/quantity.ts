// Kubernetes quantities: `500m`, `2`, `1.5Gi`.

export const QUANTITY = /^(\d+(?:\.\d+)?)([EPTGM]i?|k|Ki|m)?$/;
const POWERS = ['k', 'M', 'G', 'T', 'P', 'E'];

export const quantityForm = 'a Kubernetes quantity, for example 20Gi or 500m';

export function isQuantity(text: string): boolean {
  return QUANTITY.test(text);
}

/** The amount as a number, in cores or bytes; NaN where `text` is no quantity. */
export function amountOf(text: string): number {
  const [, number, unit = ''] = QUANTITY.exec(text) ?? [];
  if (unit === 'm') return Number(number) / 1000;
  const power = POWERS.findIndex(letter => letter.toLowerCase() === unit[0]?.toLowerCase()) + 1;
  return Number(number) * (unit.endsWith('i') ? 1024 : 1000) ** power;
}
