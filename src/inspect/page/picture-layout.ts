import type { SignalRow } from '../types.js';

/** The height of a row, in pixels. */
export const ROW = 32;

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

/** Two columns in the order of the signals, each column in the middle of the height. */
export function draw(rows: readonly SignalRow[]): PictureLayout {
  const drawn = rows.filter(({ receivers, peers }) => receivers.length + peers.length > 0);
  const links = drawn.slice(0, MOST_DRAWN).map((row) => ({ row, targets: targetsOf(row) }));
  const targets = new Map<string, Target>();
  for (const target of links.flatMap((link) => link.targets)) {
    const known = targets.get(target.id);
    targets.set(target.id, { ...target, failing: target.failing || known?.failing === true });
  }
  const height = Math.max(links.length, targets.size);
  const placer =
    (size: number) =>
    (index: number): number =>
      4 + ROW / 2 + index * ROW + ((height - size) * ROW) / 2;
  const [ofSignal, ofTarget] = [placer(links.length), placer(targets.size)];
  const receivers = [...targets.values()].map(({ dashed: _, ...target }, index) => ({ ...target, y: ofTarget(index) }));
  const yOf = new Map(receivers.map(({ id, y }) => [id, y]));
  return {
    signals: links.map(({ row: { id, name, failures } }, index) => {
      return { id, label: name, y: ofSignal(index), failing: failures > 0 };
    }),
    receivers,
    edges: links.flatMap(({ targets: ends }, index) =>
      ends.map(({ id, dashed, failing }) => ({ from: ofSignal(index), to: yOf.get(id) ?? 0, dashed, failing })),
    ),
    more: drawn.length - links.length,
  };
}
