/** true when the two types are the same, `any` told apart from everything else. */
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Does not compile for anything but `true`: `check<Equal<A, B>>()`. */
export function check<_Holds extends true>(): void {
  // Checked by the compiler alone.
}
