/** The text of a document, written: checked as it is typed, its faults at their places and in a list, kept as a version of its own. */
import { forEachDiagnostic, nextDiagnostic, previousDiagnostic } from '@codemirror/lint';
import type { EditorView } from '@codemirror/view';
import { CheckCircle2, CornerDownRight, Wand2 } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { StrategyChecked } from '#gateway/contracts/rest-strategies.ts';
import { api } from '../../api.ts';
import { reaches, useWho } from '../../session.ts';
import { useActions } from '../../shell/actions.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { toast } from '../../ui/toasts.tsx';
import { type Draft, setDraft, useDraft } from './drafts.ts';
import { Checker, type Checking } from './editor/checking.ts';
import { DocumentEditor } from './editor/document-editor.tsx';
import { type Fault, placeOf, wordsOf } from './editor/fault-places.ts';
import { useLanguage, useStrategiesChanged } from './strategies-asked.ts';
import { short } from './strategy-groups.ts';

type Props = Readonly<{
  /** Under which its draft is kept. */
  draftOf: string;
  /** What is kept, or what a new one begins with. */
  source: string;
  /** The version of the source; null of a new one. */
  version: string | null;
  name: string | null;
  kept: (version: string) => void;
}>;

export function DocumentText({ draftOf, source, version, name, kept }: Props) {
  const who = useWho();
  const draft = useDraft(draftOf);
  const text = draft?.text ?? source;
  const may = reaches(who.role, 'trader') ? null : `it takes a trader; you look on as ${who.role ?? 'nobody'}`;
  const language = useLanguage();
  const view = useRef<EditorView | null>(null);
  const [checking, checker] = useChecking(text, may === null);
  const changed = useStrategiesChanged();
  const [keeping, setKeeping] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const typed = useCallback(
    (now: string) => setDraft(draftOf, now === source ? null : { text: now, base: version }),
    [draftOf, source, version],
  );
  // what was kept, or typed back, is no draft: only when it is told anew, so that the text never jumps back under whoever writes on
  useEffect(() => {
    if (draft?.text === source) setDraft(draftOf, null);
  }, [draft, source, draftOf]);
  const { answer } = checking;
  const faults = useMemo(
    () => (answer === null || checking.text === null ? null : { of: checking.text, all: answer.faults }),
    [answer, checking.text],
  );
  const wrong = answer !== null && !answer.ok && !checking.behind;
  const same = draft === null && version !== null;
  const blocked =
    may ??
    (text.trim() === ''
      ? 'nothing is written'
      : keeping
        ? 'it is being kept'
        : wrong
          ? 'it has faults: mend them first'
          : same
            ? 'nothing was changed'
            : null);

  async function keep(): Promise<void> {
    if (blocked !== null) return;
    const now = view.current?.state.doc.toString() ?? text;
    setKeeping(true);
    setError(null);
    try {
      const said = await api<StrategyChecked>('POST', '/api/v1/strategies', { body: { text: now, keep: true } });
      checker.answered(now, said);
      if (!said.ok || said.version === null) {
        toast('stop', 'Not kept', said.faults.length === 1 ? 'it has a fault' : `it has ${said.faults.length} faults`);
        return;
      }
      const goesOn = (view.current?.state.doc.toString() ?? now) !== now; // what was typed meanwhile stays where it is
      if (said.name !== name && !goesOn) setDraft(draftOf, null); // a strategy of its own now
      toast('good', said.isNew ? 'Kept as a version of its own' : 'Kept already', `${said.name} ${short(said.version)}`);
      await changed();
      if (!goesOn) kept(said.version);
    } catch (failed) {
      setError(failed);
    } finally {
      setKeeping(false);
    }
  }
  const discard = (): void => {
    setDraft(draftOf, null);
    checker.text(source, true);
  };
  const go = (step: typeof nextDiagnostic) => (): void => {
    if (view.current === null) return;
    step(view.current);
    view.current.focus();
  };
  const none = (answer?.faults.length ?? 0) === 0 ? 'there is no fault' : null;
  useActions([
    { id: 'keep', name: 'Keep the text as a version', group: 'Strategies', keys: 'Mod+s', words: 'save', blocked, run: () => void keep() },
    { id: 'next-fault', name: 'The next fault', group: 'Strategies', keys: 'F8', blocked: none, run: go(nextDiagnostic) },
    { id: 'previous-fault', name: 'The fault before', group: 'Strategies', keys: 'Shift+F8', blocked: none, run: go(previousDiagnostic) },
    {
      ...{ id: 'write', name: 'Write in the text', group: 'Strategies', keys: 'w', words: 'edit focus editor' },
      run: () => view.current?.focus(),
    },
    {
      ...{ id: 'discard', name: 'Discard what was typed', group: 'Strategies', keys: null, words: 'undo revert' },
      ...{ blocked: draft === null ? 'nothing was typed' : null, run: discard },
    },
  ]);
  return (
    <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] gap-2 lg:grid-cols-[minmax(0,1fr)_19rem]">
      <Panel
        title="Text"
        className="min-h-[26rem]"
        bodyClass="overflow-hidden rounded-b-lg"
        tools={
          <>
            {draft === null ? null : <Unkept of={draft} version={version} discard={discard} />}
            <Button small look="main" blocked={blocked} title="Ctrl-S" onClick={() => void keep()}>
              {keeping ? 'Keeping …' : 'Keep'}
            </Button>
          </>
        }
      >
        {language.error !== null ? (
          <div className="p-3">
            <Failed error={language.error} again={() => void language.refetch()} />
          </div>
        ) : language.data === undefined ? (
          <Loading lines={8} what="Opening the editor" />
        ) : (
          <DocumentEditor
            label={name === null ? 'Text of a new strategy' : `Text of ${name}`}
            text={text}
            changed={typed}
            readOnly={may !== null}
            language={language.data}
            faults={faults}
            view={view}
          />
        )}
      </Panel>
      <div className="flex min-h-0 flex-col gap-2">
        {error === null ? null : <Failed error={error} again={() => void keep()} />}
        <Panel title="Check" bodyClass="overflow-auto" tools={<Standing checking={checking} may={may} />}>
          {may !== null ? (
            <p className="p-3 text-dim">Checking and keeping a text: {may}.</p>
          ) : (
            <Judged checking={checking} name={name} version={version} text={text} view={view} />
          )}
        </Panel>
        <p className="px-1 text-xs text-faint max-lg:hidden">
          Ctrl-Space offers what may stand here; point at a word and it says what it means. F8 goes to the next fault.
        </p>
      </div>
    </div>
  );
}

/** A question to the gateway a text, while hands rest. */
function useChecking(text: string, may: boolean): readonly [Checking, Checker] {
  const [now, setNow] = useState<Checking>({ text: null, answer: null, error: null, behind: true });
  const checker = useRef<Checker>(null);
  checker.current ??= new Checker({
    ask: (text) => api<StrategyChecked>('POST', '/api/v1/strategies', { body: { text, keep: false }, key: null }),
    after: (ms, call) => {
      const timer = window.setTimeout(call, ms);
      return () => window.clearTimeout(timer);
    },
    changed: setNow,
  });
  const first = useRef(true);
  useEffect(() => {
    if (!may || text.trim() === '') return;
    checker.current!.text(text, first.current);
    first.current = false;
  }, [text, may]);
  useEffect(() => {
    checker.current!.open();
    return () => checker.current!.close();
  }, []);
  return [now, checker.current];
}

const Unkept = ({ of, version, discard }: Readonly<{ of: Draft; version: string | null; discard: () => void }>) => (
  <>
    <span className="text-2xs text-warn" title="It stays in this tab when you move away, until it is kept or discarded.">
      {of.base !== null && of.base !== version ? `typed on ${short(of.base)}, not kept` : 'not kept: it stays in this tab'}
    </span>
    <Button small look="quiet" onClick={discard}>
      Discard
    </Button>
  </>
);

function Standing({ checking, may }: Readonly<{ checking: Checking; may: string | null }>) {
  if (may !== null) return null;
  const { answer, behind, error } = checking;
  return (
    <span role="status" data-checked={behind ? 'behind' : error !== null ? 'failed' : answer?.ok === true ? 'right' : 'wrong'}>
      {behind ? (
        <span className="text-2xs text-faint">checking …</span>
      ) : error !== null || answer === null ? null : answer.ok ? (
        <Badge tone="good">right</Badge>
      ) : (
        <Badge tone="stop">{answer.faults.length === 1 ? '1 fault' : `${answer.faults.length} faults`}</Badge>
      )}
    </span>
  );
}

type JudgedProps = Readonly<{
  checking: Checking;
  name: string | null;
  version: string | null;
  text: string;
  view: React.RefObject<EditorView | null>;
}>;

function Judged({ checking, name, version, text, view }: JudgedProps): ReactNode {
  const { answer, error } = checking;
  if (text.trim() === '') return <p className="p-3 text-dim">Nothing is written yet.</p>;
  if (error !== null)
    return (
      <div className="p-3">
        <Failed error={error} />
      </div>
    );
  if (answer === null) return <Loading lines={4} what="Checking" />;
  if (answer.ok)
    return (
      <div className="flex flex-col gap-1.5 p-3">
        <p className="flex items-center gap-1.5">
          <CheckCircle2 aria-hidden className="size-4 text-good" />
          <span>
            Version{' '}
            <span className="figure" data-version={answer.version}>
              {short(answer.version ?? '')}
            </span>
            {answer.version === version ? ', as it is kept' : ', not kept yet'}
          </span>
        </p>
        {name !== null && answer.name !== name ? (
          <p className="text-warn">
            It calls itself <span className="figure">{answer.name}</span>: it would be kept as a strategy of its own.
          </p>
        ) : null}
        {answer.trial === null ? null : (
          <p className="text-dim">
            Played over <span className="figure">{answer.trial.bars}</span> bars of a made-up market: woken{' '}
            <span className="figure">{answer.trial.wakes}</span> times, <span className="figure">{answer.trial.wanted}</span> things wanted,
            and after a restart at each of them it went on the same.
          </p>
        )}
      </div>
    );
  const stale = checking.text !== text;
  return (
    <ol aria-label="Faults" className={stale ? 'opacity-60' : ''}>
      {answer.faults.map((fault) => (
        <FaultLine key={`${fault.line}:${fault.column}:${fault.text}`} fault={fault} of={checking.text ?? ''} view={view} />
      ))}
    </ol>
  );
}

function FaultLine({ fault, of, view }: Readonly<{ fault: Fault; of: string; view: React.RefObject<EditorView | null> }>) {
  const { fix } = placeOf(of, fault);
  /** Where its mark is by now. */
  const standing = (): Readonly<{ from: number; to: number }> | null => {
    const opened = view.current;
    if (opened === null) return null;
    let found: { from: number; to: number } | null = null;
    forEachDiagnostic(opened.state, ({ message }, from, to) => {
      if (found === null && message === wordsOf(fault)) found = { from, to };
    });
    return found;
  };
  const go = (): void => {
    const [opened, at] = [view.current, standing()];
    if (opened === null || at === null) return;
    opened.dispatch({ selection: { anchor: at.from, head: at.to }, scrollIntoView: true });
    opened.focus();
  };
  const mend = (): void => {
    const [opened, at] = [view.current, standing()];
    if (opened === null || at === null || fix === null) return;
    opened.dispatch({ changes: { ...at, insert: fix }, selection: { anchor: at.from + fix.length }, userEvent: 'input' });
    opened.focus();
  };
  return (
    <li className="border-t border-line/60 first:border-t-0">
      <button
        type="button"
        onClick={go}
        title="go there"
        data-fault={`${fault.line}:${fault.column}`}
        className="flex w-full gap-2 px-3 py-1.5 text-left hover:bg-raised/60"
      >
        <span className="figure shrink-0 text-stop">
          {fault.line === 0 ? <CornerDownRight aria-hidden className="size-4" /> : `${fault.line}:${fault.column}`}
        </span>
        <span className="min-w-0 break-words">{wordsOf(fault)}</span>
      </button>
      {fix === null ? null : (
        <div className="px-3 pb-2">
          <Button small onClick={mend}>
            <Wand2 aria-hidden className="size-3.5" /> Write {fix}
          </Button>
        </div>
      )}
    </li>
  );
}
