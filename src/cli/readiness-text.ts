// The readiness of a running proxy as text for a terminal: a table of verdicts, then what blocks and what is worth knowing.
import { fieldsAt, listAt, numberAt, optionalText, textAt, type Fields } from './answer-fields.ts';
import { printable } from './printable.ts';
import { rows } from './table.ts';

/** @param readiness what `GET /api/readiness` answered */
export function readinessText(readiness: Fields): string[] {
  const address = fieldsAt(readiness, 'address');
  const accounts = listAt(readiness, 'accounts');
  const problem = optionalText(readiness, 'problem');
  const blocked = accounts.filter((account) => textAt(account, 'verdict') !== 'ready').length;
  const named = [
    ...accounts.map((account) => [`account ${textAt(account, 'account')}`, account] as const),
    ['the address', address] as const,
  ];
  return [
    `${accounts.length - blocked} of ${accounts.length} accounts are ready (${textAt(readiness, 'scope')}, by calls since ${textAt(readiness, 'since')})`,
    ...rows([
      ['', 'verdict', 'apply', 'query', 'revoke', 'most apply/s', 'most query/s', 'most revoke/s'],
      ...accounts.map((account) => [
        textAt(account, 'account'),
        textAt(account, 'verdict'),
        ...operations.map((operation) => String(numberAt(fieldsAt(account, 'calls'), operation))),
        ...peaks(account),
      ]),
      ['(address)', textAt(address, 'verdict'), '', '', '', ...peaks(address)],
    ]),
    ...named.flatMap(([name, verdict]) => remarks(name, verdict)),
    ...(problem === undefined ? [] : [`What other replicas have seen may be missing: ${printable(problem)}`]),
  ];
}

const operations = ['apply', 'query', 'revoke'] as const;

function peaks(verdict: Fields): string[] {
  const peak = fieldsAt(verdict, 'peak');
  return operations.map((operation) => {
    const of = fieldsAt(peak, operation);
    return `${numberAt(of, 'callsPerSecond')} of ${numberAt(of, 'limit')}`;
  });
}

function remarks(name: string, verdict: Fields): string[] {
  const blockers = listAt(verdict, 'blockers').map((blocker) => {
    const lastSeen = optionalText(blocker, 'lastSeen');
    const seen = lastSeen === undefined ? '' : ` (${numberAt(blocker, 'count')} times, last ${lastSeen})`;
    return `  blocked by ${textAt(blocker, 'kind')}: ${textAt(blocker, 'detail')}${seen}`;
  });
  const notes = verdict['notes'];
  const texts = Array.isArray(notes) ? (notes as unknown[]).filter((note) => typeof note === 'string') : [];
  const lines = [...blockers, ...texts.map((note) => `  note: ${note}`)];
  return lines.length === 0 ? [] : [printable(name), ...lines.map(printable)];
}
