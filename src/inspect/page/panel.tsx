import type { ComponentChildren, JSX } from 'preact';

interface PanelProps {
  readonly title: ComponentChildren;
  /** Beside the title, in small type. */
  readonly note?: ComponentChildren;
  readonly tools?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

export function Panel({ title, note, tools, class: className = '', children }: PanelProps): JSX.Element {
  return (
    <section class={`panel ${className}`}>
      <header>
        <h2>{title}</h2>
        {note !== undefined && <p class="note">{note}</p>}
        {tools !== undefined && <div class="tools">{tools}</div>}
      </header>
      {children}
    </section>
  );
}
