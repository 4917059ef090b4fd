import { type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react';
import { Button } from './button.tsx';
import { CodeLine } from './code-line.tsx';
import { Field } from './fields.tsx';
import { Trouble } from './trouble.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Shown while it is there: `{open && <Dialog …>}`. Focus stays in it and goes back; Esc closes it. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // A layout effect: it ends before the dialog leaves the document, and only from there does closing give the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null) return undefined;
    const opener = document.activeElement;
    element.showModal();
    element.querySelector<HTMLElement>('[data-first]')?.focus();
    return () => {
      element.close();
      if (opener?.isConnected !== true) document.querySelector('h1')?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={({ target }) => {
        if (target === dialog.current) onClose();
      }}
    >
      <div className="dialog-body">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  /** What will happen, and what will not. */
  readonly consequence: ReactNode;
  /** The same as a line for a terminal; `note` is put in where one was written. */
  readonly line: (note: string) => string;
  /** On the button: the deed, not "OK". */
  readonly action: string;
  readonly danger?: boolean;
  /** false: no note is asked for. */
  readonly note?: boolean;
  /** Throws what went wrong; closes when it went well. */
  readonly run: (note: string) => Promise<unknown>;
  readonly onClose: () => void;
  /** Further fields. */
  readonly children?: ReactNode;
  readonly whyNot?: string | null;
}

/** Asks before something is done, and says what follows from it. */
export function Confirm(props: ConfirmProps) {
  const { title, consequence, line, action, danger = false, note: takesNote = true, run, onClose } = props;
  const [note, setNote] = useState('');
  const [state, setState] = useState<{ busy: boolean; reason: unknown }>({ busy: false, reason: null });
  const go = async () => {
    setState({ busy: true, reason: null });
    try {
      await run(note.trim());
      onClose();
    } catch (reason) {
      setState({ busy: false, reason });
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!state.busy && (props.whyNot ?? null) === null) void go();
        }}
      >
        <div className="consequence">{consequence}</div>
        {props.children}
        {takesNote && (
          <Field
            label="Why (optional)"
            hint="Kept in the journal with your name."
            value={note}
            onChange={setNote}
            maxLength={500}
          />
        )}
        <div className="same-line">
          <span className="hint">The same in a terminal</span>
          <CodeLine>{line(note.trim())}</CodeLine>
        </div>
        {state.reason !== null && <Trouble reason={state.reason} />}
        <div className="dialog-actions">
          {/* Return pressed twice must not take anything down. */}
          <Button onClick={onClose} isFirst={danger}>
            Leave it
          </Button>
          <Button
            type="submit"
            kind={danger ? 'danger' : 'main'}
            busy={state.busy}
            whyNot={props.whyNot ?? null}
          >
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** An argument of a line for a terminal, quoted where the shell would take it apart. */
export function quoted(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
