import type { Engine } from 'signalbox/bridge';

/** The engine, counting what is published, and able to cut off a node, or to lose what it publishes of one type. */
export function counting(engine: Engine) {
  const types: string[] = [];
  const state: { cut: boolean; lose: string | undefined } = { cut: false, lose: undefined };
  const counted: Engine = {
    ...engine,
    publish: (subject, data) => {
      if (state.cut) return undefined;
      const [, header = ''] = new TextDecoder().decode(data).split('\n');
      const { type } = JSON.parse(header) as { type: string };
      types.push(type);
      if (type === state.lose) return undefined;
      return engine.publish(subject, data);
    },
    subscribe: (subject, onMessage) =>
      engine.subscribe(subject, (data) => {
        if (!state.cut) onMessage(data);
      }),
  };
  const take = () => {
    const counts: Record<string, number> = {};
    for (const type of types.splice(0)) counts[type] = (counts[type] ?? 0) + 1;
    return counts;
  };
  return { engine: counted, take, state };
}
