import type { JSX, TargetedPointerEvent } from 'preact';
import { useState } from 'preact/hooks';
import { exact, quantity } from './format.js';

/** The history of a minute as one line; the tallest second fills the height. */
function line(history: readonly number[], most: number, height: number): string {
  return history.map((value, second) => `${second} ${(height - (value / most) * height).toFixed(1)}`).join('L');
}

export function Sparkline({ history }: { readonly history: readonly number[] }): JSX.Element {
  const most = Math.max(...history);
  const path = line(history, Math.max(1, most), 18);
  return (
    <svg
      class={most === 0 ? 'spark idle' : 'spark'}
      viewBox="0 -1 59 20"
      preserveAspectRatio="none"
      role="img"
      aria-label={`at most ${quantity(most, 'send')} a second in the last minute`}
    >
      <path class="area" d={`M0 18L${path}L59 18Z`} />
      <path class="line" d={`M${path}`} />
    </svg>
  );
}

/** A minute of sends per second, with a scale; the pointer reads single seconds. */
export function History({
  history,
  label,
}: {
  readonly history: readonly number[];
  readonly label: string;
}): JSX.Element {
  const [second, setSecond] = useState<number | undefined>();
  const most = Math.max(...history);
  const path = line(history, Math.max(1, most), 100);
  const read = ({ currentTarget, offsetX }: TargetedPointerEvent<HTMLElement>): void =>
    setSecond(Math.max(0, Math.min(59, Math.round((offsetX / currentTarget.clientWidth) * 59))));
  const text =
    second === undefined ? `highest ${exact(most)}/s` : `${59 - second} s ago: ${exact(history[second] ?? 0)}/s`;
  return (
    <div
      class={most === 0 ? 'history idle' : 'history'}
      role="img"
      aria-label={`${label}: at most ${quantity(most, 'send')} a second in the last minute`}
    >
      <div class="plot" onPointerMove={read} onPointerLeave={() => setSecond(undefined)}>
        <svg viewBox="0 0 59 100" preserveAspectRatio="none" aria-hidden="true">
          <path class="grid" d="M0 0H59M0 50H59M0 100H59" />
          <path class="area" d={`M0 100L${path}L59 100Z`} />
          <path class="line" d={`M${path}`} />
          {second !== undefined && <path class="cursor" d={`M${second} 0V100`} />}
        </svg>
      </div>
      <div class="axis" aria-hidden="true">
        <span>60 s ago</span>
        <span class="reading">{text}</span>
        <span>now</span>
      </div>
    </div>
  );
}
