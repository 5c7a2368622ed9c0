// A step that waits for a person: why, with what, and approve, edit or reject.
import type { AnswerMessage, Json, StepState } from '../protocol.ts';
import { breakLine, button, el } from './dom.ts';
import { reasonOf } from './format.ts';
import { icon } from './icons.ts';

export type Answer = (message: AnswerMessage) => void;

export interface Approval {
  readonly element: HTMLElement;
  /** The answer did not get through: let the person answer again. */
  reopen(): void;
}

export function approval(step: StepState, answer: Answer): Approval {
  const element = el('div', 'snb-approval', { role: 'group', 'aria-label': `Approval: ${step.title}` });
  const say = (decision: AnswerMessage['decision'], args: { [key: string]: Json } = {}) => {
    element.dataset['sent'] = decision;
    for (const control of element.querySelectorAll<HTMLInputElement | HTMLButtonElement>('button, input, textarea')) control.disabled = true;
    answer({ type: 'answer', run: step.run, step: step.id, decision, args });
  };
  const ask = () => {
    delete element.dataset['sent'];
    const buttons = el(
      'div',
      'snb-buttons',
      {},
      button('snb-primary', 'Approve', [icon('check'), 'Approve'], () => say('approve')),
      button('', 'Edit before it runs', [icon('pencil'), 'Edit'], edit),
      button('', 'Reject', [icon('cross'), 'Reject'], () => say('reject')),
    );
    if (!Object.keys(step.args).length) buttons.children[1]?.remove();
    element.replaceChildren(reason(step), given(step), buttons);
  };
  const edit = () => {
    const fields = Object.entries(step.args).map(([name, value]) => field(name, value));
    const form = el('form', 'snb-form', {}, ...fields.map((each) => each.element));
    const go = el('button', 'snb-button snb-primary', { type: 'submit' }, icon('check'), 'Run with these');
    const back = button('', 'Back without changes', ['Cancel'], ask);
    form.append(el('div', 'snb-buttons', {}, go, back));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const args: { [key: string]: Json } = {};
      for (const each of fields) {
        const value = each.read();
        if (value === undefined) return;
        args[each.name] = value;
      }
      say('edit', args);
    });
    element.replaceChildren(reason(step), form);
    form.querySelector<HTMLElement>('input, textarea')?.focus();
  };
  ask();
  return { element, reopen: ask };
}

function reason(step: StepState): HTMLElement {
  return el('p', 'snb-reason', {}, reasonOf(step.approval));
}

function given(step: StepState): HTMLElement {
  const list = el('div', 'snb-args');
  for (const [name, value] of Object.entries(step.args)) {
    if (value === null || value === '') continue;
    // The preview names and shows what a selection means; the notation would only be in the way.
    if (isSelection(value) && step.preview.text) continue;
    list.append(el('span', 'snb-name', {}, name.replaceAll('_', ' ')), el('span', isSelection(value) ? 'snb-value snb-code' : 'snb-value', {}, short(value)));
  }
  return list;
}

/** Things are pointed at in a notation of ours, such as `filter(kind="image")`; the title says the same in words. */
function isSelection(value: Json): boolean {
  return typeof value === 'string' && /^\w+\(.*\)$/.test(value);
}

function short(value: Json): string {
  const text = Array.isArray(value) && value.every((each) => typeof each !== 'object') ? value.join(', ') : plain(value);
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

function plain(value: Json): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface Field {
  readonly name: string;
  readonly element: HTMLElement;
  /** The value, or undefined when it cannot be read; the field then says why. */
  read(): Json | undefined;
}

/** Words, lists of words, numbers and yes or no as such; everything else as JSON. */
function field(name: string, value: Json): Field {
  const label = el('span', 'snb-label', {}, name.replaceAll('_', ' '));
  const problem = el('span', 'snb-problem', { role: 'alert' });
  const wrap = (input: HTMLElement) => el('label', 'snb-field', {}, label, input, problem);
  if (typeof value === 'boolean') {
    const input = el('input', '', { type: 'checkbox', ...(value ? { checked: true } : {}) });
    return { name, element: wrap(input), read: () => input.checked };
  }
  if (typeof value === 'number') {
    const input = el('input', '', { type: 'number', step: 'any', required: true, value: String(value) });
    return { name, element: wrap(input), read: () => input.valueAsNumber };
  }
  if (typeof value === 'string') {
    const input = el('input', '', { type: 'text', value });
    return { name, element: wrap(input), read: () => input.value };
  }
  if (Array.isArray(value) && value.length && value.every((each) => typeof each === 'string' && !each.includes(','))) {
    const input = el('input', '', { type: 'text', value: value.join(', ') });
    const read = () => input.value.split(',').map((each) => each.trim()).filter((each) => each !== '');
    return { name, element: wrap(input), read };
  }
  const input = el('textarea', 'snb-json', { rows: String(Math.min(8, JSON.stringify(value, null, 1).split('\n').length)), spellcheck: 'false', 'data-lm-suppress-shortcuts': 'true' });
  input.value = JSON.stringify(value, null, 1);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.isComposing) breakLine(event, input);
  });
  const read = (): Json | undefined => {
    try {
      problem.textContent = '';
      return JSON.parse(input.value) as Json;
    } catch {
      problem.textContent = 'This is not JSON: check quotes, commas and brackets.';
      input.focus();
      return undefined;
    }
  };
  return { name, element: wrap(input), read };
}
