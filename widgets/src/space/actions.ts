// Everything a person can do in a space, as a table: the toolbar, the keys and the help are made from it.
import type { Gizmo, Tool } from './gizmo.ts';
import type { Hand } from './hand.ts';
import type { Orbit } from './orbit.ts';
import type { Selection } from './selection.ts';
import type { Sync } from './sync.ts';
import type { World } from './world.ts';
import type { Nudge } from './nudge.ts';

export interface Actor {
  world: World;
  sync: Sync;
  selection: Selection;
  hand: Hand;
  gizmo: Gizmo;
  orbit: Orbit;
  nudge: Nudge;
  armBox(): void;
  toggleHelp(): void;
  toggleFullscreen(): void;
  play(ids: Iterable<string>): void;
  cancel(): void;
  notice(text: string): void;
}

export interface Action {
  readonly name: string;
  /** Said in tooltips and in the help. */
  readonly title: string;
  /** As `KeyboardEvent.key`, lower case, with `ctrl+` (also Cmd) and `shift+` before it. */
  readonly keys: readonly string[];
  run(actor: Actor): void;
  /** Whether it makes sense now. */
  when?(actor: Actor): boolean;
  /** Whether it is on now, for those that stay on. */
  on?(actor: Actor): boolean;
}

const some = ({ selection }: Actor) => selection.ids.size > 0;

function tool(name: Tool, title: string, key: string): Action {
  return {
    name, title, keys: [key],
    run: ({ gizmo }) => gizmo.use(gizmo.tool === name ? 'select' : name),
    on: ({ gizmo }) => gizmo.tool === name,
  };
}

function operation(name: string, title: string, keys: readonly string[], onSelection: boolean): Action {
  return {
    name, title, keys,
    ...(onSelection ? { when: some } : {}),
    run: ({ sync, selection }) => void sync.operate(name, onSelection ? { items: [...selection.ids] } : {}),
  };
}

export const ACTIONS: readonly Action[] = [
  { ...tool('select', 'Select and drag', 'v'), run: ({ gizmo }) => gizmo.use('select') },
  tool('translate', 'Move', 'g'),
  tool('rotate', 'Rotate', 'r'),
  tool('scale', 'Scale', 's'),
  { name: 'box', title: 'Select with a box', keys: ['b'], run: (actor) => actor.armBox() },
  { name: 'group', title: 'Group', keys: ['ctrl+g'], when: ({ selection }) => selection.ids.size > 1, run: operation('group', '', [], true).run },
  {
    name: 'ungroup', title: 'Ungroup', keys: ['ctrl+shift+g'],
    when: ({ selection, world }) => [...selection.ids].some((id) => world.things.get(id)?.item.group),
    run: operation('ungroup', '', [], true).run,
  },
  operation('remove', 'Delete', ['delete', 'backspace'], true),
  operation('undo', 'Undo', ['ctrl+z'], false),
  operation('redo', 'Redo', ['ctrl+shift+z', 'ctrl+y'], false),
  {
    name: 'frame', title: 'Frame the selection', keys: ['f'],
    run: ({ orbit, world, selection }) => orbit.frame(world.corners(selection.ids.size ? selection.ids : undefined)),
  },
  { name: 'frameAll', title: 'Frame everything', keys: ['a', 'home'], run: ({ orbit, world }) => orbit.frame(world.corners()) },
  { name: 'selectAll', title: 'Select everything', keys: ['ctrl+a'], run: ({ selection, world }) => selection.set([...world.present()].map(({ id }) => id)) },
  { name: 'play', title: 'Play or pause', keys: [' '], when: some, run: (actor) => actor.play(actor.selection.ids) },
  { name: 'fullscreen', title: 'Full screen', keys: ['shift+f'], run: (actor) => actor.toggleFullscreen() },
  { name: 'help', title: 'Help', keys: ['?', 'shift+?'], run: (actor) => actor.toggleHelp() },
  { name: 'cancel', title: 'Let go, or select nothing', keys: ['escape'], run: (actor) => actor.cancel() },
];

/** `event` as the tables write keys. */
export function keyOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey'>): string {
  const ctrl = event.ctrlKey || event.metaKey ? 'ctrl+' : '';
  const shift = event.shiftKey ? 'shift+' : '';
  return ctrl + shift + event.key.toLowerCase();
}

export function actionFor(key: string): Action | undefined {
  return ACTIONS.find((action) => action.keys.includes(key));
}
