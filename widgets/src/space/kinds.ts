import type { SceneItem } from '../protocol.ts';

/** What an item can be. */
export type ItemKindOf = SceneItem['kind'];
