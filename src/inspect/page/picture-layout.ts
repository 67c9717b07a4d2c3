import type { SignalRow } from '../types.js';

/** The height of a row, in pixels. */
const ROW = 32;

const MOST_DRAWN = 40;
/** The most receivers of one signal; a node '<n> more' stands for the others. */
const MOST_RECEIVERS = 30;

interface PictureNode<Id> {
  readonly id: Id;
  readonly label: string;
  /** of its middle */
  readonly y: number;
  readonly failing: boolean;
}

export interface PictureLayout {
  readonly signals: readonly PictureNode<number>[];
  readonly receivers: readonly (PictureNode<string> & { readonly kind: 'receiver' | 'peer' | 'more' })[];
  /** From and to the middle of the nodes. */
  readonly edges: readonly {
    readonly from: number;
    readonly to: number;
    readonly dashed: boolean;
    readonly failing: boolean;
  }[];
  /** In pixels. */
  readonly height: number;
  /** How many signals are not drawn. */
  readonly more: number;
}

type Target = Omit<PictureLayout['receivers'][number], 'y'> & { readonly dashed: boolean };

function targetsOf({ id, receivers, peers }: SignalRow): Target[] {
  const drawn = receivers.slice(0, MOST_RECEIVERS).map((receiver): Target => {
    const { name, filtered, failures } = receiver;
    return { id: `r${receiver.id}`, label: name, kind: 'receiver', dashed: filtered, failing: failures > 0 };
  });
  const more = receivers.length - drawn.length;
  const rest: Target = { id: `m${id}`, label: `${more} more`, kind: 'more', dashed: false, failing: false };
  const remote = peers.map((name): Target => ({
    id: `p${name}`,
    label: name,
    kind: 'peer',
    dashed: false,
    failing: false,
  }));
  return [...drawn, ...(more > 0 ? [rest] : []), ...remote];
}

/**
 * Draws two columns in the order of the signals: each signal beside its receivers. A receiver of several signals is beside
 * the first of these.
 */
export function draw(rows: readonly SignalRow[]): PictureLayout {
  const heard = rows.filter(({ receivers, peers }) => receivers.length + peers.length > 0);
  const drawn = heard.slice(0, MOST_DRAWN);
  const signals: PictureLayout['signals'][number][] = [];
  const placed = new Map<string, PictureLayout['receivers'][number]>();
  const edges: PictureLayout['edges'][number][] = [];
  let top = 0;
  for (const row of drawn) {
    const targets = targetsOf(row);
    const rest = targets.filter(({ id }) => !placed.has(id));
    for (const [index, { dashed: _, ...target }] of rest.entries()) {
      placed.set(target.id, { ...target, y: top + (index + 0.5) * ROW });
    }
    const height = Math.max(1, rest.length) * ROW;
    const y = top + height / 2;
    signals.push({ id: row.id, label: row.name, y, failing: row.failures > 0 });
    for (const { id, dashed, failing } of targets) {
      const target = placed.get(id);
      if (target === undefined) continue;
      edges.push({ from: y, to: target.y, dashed, failing });
      if (failing) placed.set(id, { ...target, failing });
    }
    top += height;
  }
  return { signals, receivers: [...placed.values()], edges, height: top, more: heard.length - drawn.length };
}
