// A result that is a table, as a table: a list of objects, or an object with exactly one such list in it.
import type { Json } from '../protocol.ts';
import { el } from './dom.ts';

const ROWS = 8;
const COLUMNS = 6;
type Row = { [key: string]: Json };

export function rowsOf(result: Json): Row[] {
  if (Array.isArray(result)) return result.length && result.every(isRow) ? (result as Row[]) : [];
  if (!isRow(result)) return [];
  const tables = Object.values(result).filter(Array.isArray).map(rowsOf).filter((rows) => rows.length);
  return tables.length === 1 ? tables[0]! : [];
}

function isRow(value: Json): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function tableOf(result: Json): HTMLElement | null {
  const rows = rowsOf(result);
  const names = rows.flatMap((row) => Object.keys(row).filter((key) => row[key] !== null && typeof row[key] !== 'object'));
  const columns = [...new Set(names)].slice(0, COLUMNS);
  if (!columns.length) return null;
  const head = el('tr', '', {}, ...columns.map((column) => el('th', '', { scope: 'col' }, column)));
  const body = rows.slice(0, ROWS).map((row) => el('tr', '', {}, ...columns.map((column) => cell(row[column]))));
  const box = el('div', 'snb-table', { tabindex: '0' }, el('table', '', {}, el('thead', '', {}, head), el('tbody', '', {}, ...body)));
  if (rows.length > ROWS) box.append(el('p', 'snb-quiet', {}, `and ${rows.length - ROWS} more`));
  return box;
}

function cell(value: Json | undefined): HTMLElement {
  if (typeof value === 'number') return el('td', 'snb-number', {}, Number.isInteger(value) ? String(value) : String(+value.toFixed(3)));
  return el('td', '', {}, value === null || value === undefined || typeof value === 'object' ? '' : String(value));
}
