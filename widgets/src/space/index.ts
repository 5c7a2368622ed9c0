// The space as an anywidget module.
import { defineWidget } from '../bridge.ts';
import type { FromSpace, ToSpace } from '../protocol.ts';
import css from './space.css';
import { Space } from './space.ts';

export default defineWidget<ToSpace, FromSpace>('space', css, (context) => void new Space(context));
