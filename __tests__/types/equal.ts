/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- types that depend on types are all there is here */

/** `true` when the two types are the same; `any` is told apart from everything else. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles for `true` alone: `check<Equal<A, B>>()`. */
export function check<_Holds extends true>(): void {
  // The compiler has checked it.
}
