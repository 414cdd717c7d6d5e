import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** A list that renders only the rows in view. */
export interface VirtualListProps<Item> {
  readonly label: string;
  readonly items: readonly Item[];
  /** Pixels; every row has the same height. */
  readonly rowHeight: number;
  keyOf(item: Item): string;
  readonly selected: string | undefined;
  select(item: Item): void;
  row(item: Item): ComponentChildren;
  readonly empty: ComponentChildren;
}

/** Rows beyond both ends of the view, so that scrolling shows no gaps. */
const MARGIN = 8;

/** Scrolls through any number of rows. The rows in view stay in place when others come in above them. */
export function VirtualList<Item>(props: VirtualListProps<Item>) {
  const { label, items, rowHeight, keyOf, selected, select, row, empty } = props;
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const measure = () => {
    const { current } = box;
    if (current !== null) setView({ top: current.scrollTop, height: current.clientHeight });
  };
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    if (box.current !== null) observer.observe(box.current);
    return () => observer.disconnect();
  }, [items.length === 0]);

  const top = useRef<{ readonly key: string; readonly index: number } | undefined>(undefined);
  useLayoutEffect(() => {
    const { current } = box;
    const anchor = top.current;
    if (current === null || anchor === undefined || current.scrollTop < rowHeight) return;
    const index = items.findIndex((item) => keyOf(item) === anchor.key);
    if (index > anchor.index) current.scrollTop += (index - anchor.index) * rowHeight;
  }, [items]);
  const first = Math.floor(view.top / rowHeight);
  const anchored = items[first];
  top.current = anchored && { key: keyOf(anchored), index: first };

  const chosen = items.findIndex((item) => keyOf(item) === selected);
  const move = (index: number) => {
    const item = items[Math.max(0, Math.min(index, items.length - 1))];
    if (item === undefined) return;
    select(item);
    const { current } = box;
    const start = items.indexOf(item) * rowHeight;
    if (current === null) return;
    if (start < current.scrollTop) current.scrollTop = start;
    const end = start + rowHeight - current.clientHeight;
    if (end > current.scrollTop) current.scrollTop = end;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: chosen + 1,
      ArrowUp: chosen < 0 ? 0 : chosen - 1,
      PageDown: chosen + page,
      PageUp: chosen - page,
      Home: 0,
      End: items.length - 1,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    move(target);
  };

  const start = Math.max(0, first - MARGIN);
  const shown = items.slice(start, first + Math.ceil(view.height / rowHeight) + MARGIN);
  // The selected row is rendered even out of view, because the list refers to it.
  const isShown = chosen < 0 || (chosen >= start && chosen < start + shown.length);
  const optionOf = (item: Item, index: number) => (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the focus, and handles the keys
    <div
      key={keyOf(item)}
      id={`row-${keyOf(item)}`}
      role="option"
      tabIndex={-1}
      aria-selected={index === chosen}
      aria-posinset={index + 1}
      aria-setsize={items.length}
      class="row"
      style={{ transform: `translateY(${index * rowHeight}px)`, height: `${rowHeight}px` }}
      onClick={() => select(item)}
    >
      {row(item)}
    </div>
  );
  if (items.length === 0) return <div class="empty list-empty">{empty}</div>;
  return (
    <div
      ref={box}
      class="list"
      role="listbox"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={chosen < 0 ? undefined : `row-${selected}`}
      onScroll={measure}
      onKeyDown={onKeyDown}
    >
      <div class="rows" role="presentation" style={{ height: `${items.length * rowHeight}px` }}>
        {shown.map((item, offset) => optionOf(item, start + offset))}
        {!isShown && items[chosen] !== undefined && optionOf(items[chosen], chosen)}
      </div>
    </div>
  );
}
