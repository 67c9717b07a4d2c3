import { ANY, type Filter, type Receiver } from '../../src/index.js';

// The rules about who is who, who is named and who comes first, each in a line or two.

/** What a connection asks for: every send, or those with one sender, or those with one key (R4, R5). */
export interface Route {
  readonly by: 'unfiltered' | 'sender' | 'key';
  readonly value: unknown;
}

const UNFILTERED: readonly Route[] = [{ by: 'unfiltered', value: undefined }];

/** What a filter names; `undefined`, and ANY as sender, name nothing (R6–R8). */
export function routesOf({ sender, senders = [], key, keys = [] }: Filter): readonly Route[] {
  const named = [
    ...[sender, ...senders].filter((value) => value !== ANY).map((value) => ({ by: 'sender' as const, value })),
    ...[key, ...keys].map((value) => ({ by: 'key' as const, value })),
  ].filter(({ value }) => value !== undefined);
  return named.length === 0 ? UNFILTERED : named;
}

export function namesNothing(routes: readonly Route[]): boolean {
  return routes === UNFILTERED;
}

/** Whether it is among them, by SameValueZero (R6). */
export function isAmong(routes: readonly Route[], { by, value }: Route): boolean {
  return routes.some((each) => each.by === by && [each.value].includes(value));
}

/** Whether a send that names these reaches who is connected by the route (R4, R5). */
export function reaches(named: readonly Route[], route: Route): boolean {
  return route.by === 'unfiltered' || isAmong(named, route);
}

/** Who is one receiver. */
export interface Identity {
  readonly receiver: Receiver;
  readonly thisArg: object | undefined;
  readonly uid: string | symbol | undefined;
}

/** The `uid` alone where there is one, or else the function and its `thisArg` (R3). */
export function isSame(a: Identity, b: Identity): boolean {
  if (a.uid !== undefined || b.uid !== undefined) return a.uid === b.uid;
  return a.receiver === b.receiver && a.thisArg === b.thisArg;
}

/** A receiver of one signal, as its first connection has made it (R3). */
export interface Member extends Identity {
  readonly priority: number;
  readonly rank: number;
}

/** Priority first, then connection order (R9). */
export function byOrder(a: Member, b: Member): number {
  return a.priority === b.priority ? a.rank - b.rank : b.priority - a.priority;
}
