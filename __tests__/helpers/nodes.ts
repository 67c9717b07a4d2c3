import { SignalManager, type Signal } from 'signalbox';
import { Bridge, type BridgeOptions, type Engine, type ShareOptions, memoryEngine } from 'signalbox/bridge';

export interface Node {
  readonly name: string;
  readonly manager: SignalManager;
  readonly bridge: Bridge;
  /** Of the name `x`; shared. */
  readonly x: Signal<Record<string, unknown>>;
  /** What `onError` of manager and bridge were told. */
  readonly errors: unknown[];
}

export interface NodeSetup extends Partial<BridgeOptions> {
  readonly engine?: Engine;
  readonly share?: ShareOptions;
}

/** Nodes in this process. */
export class Nodes {
  readonly engine = memoryEngine();
  readonly #all: Node[] = [];

  /** A node that shares the signal `x`. */
  async add(name: string, setup: NodeSetup = {}): Promise<Node> {
    const node = this.bare(name, setup);
    await node.bridge.share(node.x, setup.share);
    return node;
  }

  bare(name: string, { engine = this.engine, share: _share, ...options }: NodeSetup = {}): Node {
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    const manager = new SignalManager({ name, onError });
    const bridge = new Bridge(manager, engine, { namespace: 'tests', node: name, onError, ...options });
    const x = manager.signal<Record<string, unknown>>('x');
    const node = { name, manager, bridge, x, errors };
    this.#all.push(node);
    return node;
  }

  /** Each in turn, and all know each other; they began in this order. */
  async three(setup: NodeSetup = {}): Promise<readonly [Node, Node, Node]> {
    const three = [await this.add('a', setup), await this.add('b', setup), await this.add('c', setup)] as const;
    await Promise.all(three.map(({ bridge }) => bridge.ready({ nodes: 3 })));
    return three;
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(({ bridge }) => bridge.close()));
  }
}

/** Of each result: where it is from, and what it is. */
export function told(results: readonly unknown[]): readonly unknown[] {
  return results.map((result) => {
    const { node = 'here', status, value, reason } = result as Record<string, unknown>;
    return [node, status === 'fulfilled' ? value : String(reason)];
  });
}
