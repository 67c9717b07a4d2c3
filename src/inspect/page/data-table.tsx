import { type ComponentChildren, type JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { CalmOrder, type RowId, type Sort, type SortValue, sorted } from './sorting.js';

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** Said in full where the title is short. */
  readonly hint?: string;
  /** `number`: right-aligned, sorted from the largest. */
  readonly kind?: 'number' | 'text' | 'chart';
  /** Columns without it cannot be sorted by. */
  readonly value?: (row: Row) => SortValue;
  readonly cell: (row: Row) => ComponentChildren;
}

export interface DataTableProps<Row> {
  /** The accessible name. */
  readonly name: string;
  readonly class: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** What to show instead of rows. */
  readonly empty: ComponentChildren;
  readonly sort?: Sort;
  /** Changes when the rows are others than before, such as another search. */
  readonly reason?: string;
  readonly selectedId?: RowId | undefined;
  readonly onSelect?: (row: Row) => void;
  readonly rowClass?: (row: Row) => string;
  readonly onPoint?: (pointed: boolean) => void;
}

/** Longer tables draw only the rows in view, and some around them. */
const DRAWN_WHOLE = 60;
const MARGIN_ROWS = 8;

/** A table that can be sorted, read by keyboard, and as long as needed. The first column names the row. */
export function DataTable<Row extends { readonly id: RowId }>(props: DataTableProps<Row>): JSX.Element {
  const { name, class: className, columns, rows, empty, reason = '', selectedId, onSelect, rowClass, onPoint } = props;
  const [sort, setSort] = useState<Sort | undefined>(props.sort);
  const [pointed, setPointed] = useState(false);
  const [calm] = useState(() => new CalmOrder());
  const byColumn = columns.find(({ key }) => key === sort?.key);
  const value = byColumn?.value;
  const inOrder =
    value === undefined || sort === undefined
      ? rows
      : calm.apply(rows, (some) => sorted(some, value, sort.descending), {
          reason: `${sort.key} ${String(sort.descending)} ${reason}`,
          held: pointed,
          nowMs: Date.now(),
        });
  const [, redraw] = useState({});
  useEffect(() => {
    if (calm.dueInMs === undefined) return undefined;
    const timer = setTimeout(() => redraw({}), calm.dueInMs);
    return () => clearTimeout(timer);
  });
  const view = useWindow(inOrder.length);
  const [focusId, setFocusId] = useState<RowId | undefined>();
  const drawn = inOrder.slice(view.first, view.last);
  const tabId = drawn.some(({ id }) => id === focusId) ? focusId : (drawn[0]?.id ?? undefined);
  const point = (on: boolean) => (): void => {
    setPointed(on);
    onPoint?.(on);
  };

  const focus = (index: number): void => {
    const row = inOrder[Math.max(0, Math.min(index, inOrder.length - 1))];
    if (row === undefined) return;
    setFocusId(row.id);
    view.reveal(inOrder.indexOf(row), `[data-id="${CSS.escape(String(row.id))}"] button`);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const index = inOrder.findIndex(({ id }) => id === tabId);
    const target = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: inOrder.length - 1 }[event.key];
    if (target === undefined || onSelect === undefined) return;
    event.preventDefault();
    focus(target);
  };

  return (
    <div
      class="scroller"
      ref={view.scroller}
      onScroll={view.onScroll}
      onPointerEnter={point(true)}
      onPointerLeave={point(false)}
    >
      <table role="table" aria-label={name} aria-rowcount={inOrder.length + 1} class={className}>
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            {columns.map((column) => (
              <HeaderCell key={column.key} column={column} sort={sort} onSort={setSort} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" ref={view.body} onKeyDown={onKeyDown}>
          {inOrder.length === 0 && (
            <tr role="row" class="empty">
              <td role="cell" colSpan={columns.length}>
                {empty}
              </td>
            </tr>
          )}
          <Spacer rows={view.first} height={view.rowHeight} />
          {drawn.map((row, index) => (
            <tr
              role="row"
              key={row.id}
              data-id={row.id}
              aria-rowindex={view.first + index + 2}
              aria-current={row.id === selectedId ? 'true' : undefined}
              class={`${rowClass?.(row) ?? ''}${onSelect ? ' selectable' : ''}`}
              onClick={onSelect && (() => onSelect(row))}
            >
              {columns.map((column, at) => (
                <td
                  role={at === 0 ? 'rowheader' : 'cell'}
                  key={column.key}
                  class={`${column.kind ?? 'text'} of-${column.key}`}
                  data-title={column.title}
                >
                  {at === 0 && onSelect ? (
                    <button type="button" tabIndex={row.id === tabId ? 0 : -1} onFocus={() => setFocusId(row.id)}>
                      {column.cell(row)}
                    </button>
                  ) : (
                    column.cell(row)
                  )}
                </td>
              ))}
            </tr>
          ))}
          <Spacer rows={inOrder.length - view.last} height={view.rowHeight} />
        </tbody>
      </table>
    </div>
  );
}

function HeaderCell<Row>({
  column,
  sort,
  onSort,
}: {
  readonly column: Column<Row>;
  readonly sort: Sort | undefined;
  readonly onSort: (sort: Sort) => void;
}): JSX.Element {
  const { key, title, hint, kind = 'text', value } = column;
  const active = sort?.key === key ? sort : undefined;
  const className = `${kind} of-${key}`;
  if (value === undefined) {
    return (
      <th role="columnheader" scope="col" class={className} title={hint}>
        {title}
      </th>
    );
  }
  const order = active === undefined ? 'none' : active.descending ? 'descending' : 'ascending';
  // Of numbers, the largest are wanted first.
  const next = { key, descending: active === undefined ? kind !== 'text' : !active.descending };
  return (
    <th role="columnheader" scope="col" class={className} aria-sort={order}>
      <button type="button" title={hint} onClick={() => onSort(next)}>
        {title}
        <span class="arrow" aria-hidden="true">
          {active === undefined ? '' : active.descending ? '↓' : '↑'}
        </span>
      </button>
    </th>
  );
}

/** Stands for rows that are not drawn. */
function Spacer({ rows, height }: { readonly rows: number; readonly height: number }): JSX.Element | null {
  return rows > 0 ? <tr role="presentation" class="spacer" style={{ height: `${rows * height}px` }} /> : null;
}

/** Which rows are in view. All rows of a long table have the height of the first. */
function useWindow(length: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const wanted = useRef<string | undefined>(undefined);
  const [top, setTop] = useState(0);
  const [rowHeight, setRowHeight] = useState(34);
  const [height, setHeight] = useState(800);

  useLayoutEffect(() => {
    const row = body.current?.querySelector('tr[data-id]');
    const measured = row?.getBoundingClientRect().height ?? 0;
    if (measured > 0 && Math.abs(measured - rowHeight) > 0.5) setRowHeight(measured);
    const seen = scroller.current?.clientHeight ?? 0;
    if (seen > 0 && seen !== height) setHeight(seen);
    if (wanted.current === undefined) return;
    const element = body.current?.querySelector<HTMLElement>(wanted.current);
    if (!element) return;
    wanted.current = undefined;
    element.focus({ preventScroll: true });
  });

  const drawn = length <= DRAWN_WHOLE ? length : Math.ceil(height / rowHeight) + 2 * MARGIN_ROWS;
  const first = Math.max(0, Math.min(Math.floor(top / rowHeight) - MARGIN_ROWS, length - drawn));
  const last = Math.min(length, first + drawn);
  return {
    scroller,
    body,
    rowHeight,
    first,
    last,
    onScroll: () => setTop(scroller.current?.scrollTop ?? 0),
    /** Scrolls a row into view, and focuses what the selector finds as soon as it is drawn. */
    reveal: (index: number, selector: string): void => {
      const box = scroller.current;
      wanted.current = selector;
      if (box === null) return;
      const headerHeight = body.current?.offsetTop ?? 0;
      const rowTop = index * rowHeight;
      box.scrollTop = Math.max(rowTop + rowHeight + headerHeight - box.clientHeight, Math.min(box.scrollTop, rowTop));
      setTop(box.scrollTop);
    },
  };
}
