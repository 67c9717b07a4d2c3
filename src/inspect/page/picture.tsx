import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { InspectorSnapshot, SignalRow } from '../types.js';
import { quantity } from './format.js';
import { connectionState, search, selectSignal, selectedRow, signalRows } from './model.js';
import { Panel } from './panel.js';
import { type PictureLayout, draw } from './picture-layout.js';
import { getJson, getText } from './requests.js';

/** With more signals, all receivers of the process are read only on demand. */
const SMALL_PROCESS = 200;

/** Signals on the left, receivers and peers on the right: of the selected signal, or of those that the search finds. */
export function Picture(): JSX.Element {
  const snapshot = useSignal<InspectorSnapshot | undefined>(undefined);
  const copied = useSignal('');
  const selected = selectedRow.value;
  const read = async (): Promise<void> => {
    snapshot.value = await getJson<InspectorSnapshot>('/snapshot').catch(() => undefined);
  };
  const count = useComputed(() => signalRows.value.size).value;
  const isLive = connectionState.value === 'live';
  useEffect(() => {
    if (selected === undefined && isLive && count > 0 && count <= SMALL_PROCESS) void read();
  }, [selected === undefined, isLive, count]);

  const word = search.value.trim().toLowerCase();
  const drawing = useMemo(() => {
    if (selected !== undefined) return draw([selected]);
    const found = snapshot.value?.signals.filter(({ name }) => name.toLowerCase().includes(word)) ?? [];
    return draw([...found].sort(byRate));
  }, [selected, snapshot.value, word]);
  // The same element again is not compared: hundreds of lines, four times a second.
  const canvas = useMemo(() => <Canvas drawing={drawing} />, [drawing]);
  const copy = (format: string) => async (): Promise<void> => {
    const manager = selected === undefined ? '' : `&manager=${selected.managerId}`;
    const text = await getText(`/picture?format=${format}${manager}`).catch(() => undefined);
    copied.value = text === undefined ? 'The process does not answer.' : await written(text);
  };
  const tools = (
    <>
      {selected === undefined && (
        <button type="button" class="plain" onClick={() => void read()}>
          Draw again
        </button>
      )}
      <button type="button" class="plain" onClick={() => void copy('mermaid')()}>
        Copy Mermaid
      </button>
      <button type="button" class="plain" onClick={() => void copy('dot')()}>
        Copy Graphviz
      </button>
    </>
  );
  return (
    <Panel
      title="Picture"
      note={copied.value || (drawing.more > 0 ? `${quantity(drawing.more, 'more signal')} not drawn` : undefined)}
      tools={tools}
      class="picture"
    >
      <figure aria-label="Picture">
        {canvas}
        <figcaption>
          {drawing.signals.length === 0
            ? 'Signals and their receivers are drawn here. '
            : 'Signals left, receivers right. A dashed line has a filter; a red one has failures. '}
        </figcaption>
      </figure>
    </Panel>
  );
}

const byRate = (a: SignalRow, b: SignalRow): number => b.perSecond - a.perSecond || b.sends - a.sends;

async function written(text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return `copied, ${quantity(text.trimEnd().split('\n').length, 'line')}`;
  } catch {
    return 'The browser did not let the page copy.';
  }
}

function Canvas({ drawing }: { readonly drawing: PictureLayout }): JSX.Element | null {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(Math.max(200, element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const column = Math.min(280, (width - 48) / 2);
  const right = width - column - 1;
  const fit = (text: string): string => {
    const most = Math.max(4, Math.floor((column - 24) / 7.4));
    return text.length > most ? `${text.slice(0, most - 1)}…` : text;
  };
  return (
    <div class="canvas" ref={box} tabIndex={0}>
      {drawing.signals.length > 0 && (
        <svg width={width} height={drawing.height} role="presentation">
          {drawing.edges.map(({ from, to, dashed, failing }) => (
            <path
              key={`${from} ${to}`}
              class={`edge ${dashed ? 'dashed' : ''} ${failing ? 'failing' : ''}`}
              d={`M${column + 1} ${from} C${(column + right) / 2} ${from} ${(column + right) / 2} ${to} ${right} ${to}`}
            />
          ))}
          {drawing.signals.map(({ id, label, y, failing }) => (
            <g key={`s${id}`} class={`node signal ${failing ? 'failing' : ''}`} onClick={() => selectSignal(id)}>
              <title>{label}</title>
              <rect x={1} y={y - 12} width={column} height={24} rx={4} />
              <text x={12} y={y + 4}>
                {fit(label)}
              </text>
            </g>
          ))}
          {drawing.receivers.map(({ id, label, y, failing, kind }) => (
            <g key={id} class={`node ${kind} ${failing ? 'failing' : ''}`}>
              <title>{label}</title>
              <rect x={right} y={y - 12} width={column} height={24} rx={12} />
              <text x={right + 14} y={y + 4}>
                {fit(label)}
              </text>
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
