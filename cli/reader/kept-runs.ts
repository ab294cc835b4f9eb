/** The catalogue of runs and the tapes they were played over, as lists: their manifests only, nothing is played. */

import type { RestRun, RestRunDetail, RestTape } from '#gateway/contracts/rest-runs.ts';
import type { RunEntry } from '#infra/runs/catalogue.ts';
import { runsHere } from '../research/run-answers.ts';
import { nameOfTape, tapeNamed, tapeNames } from '../research/tapes.ts';

export const runList = (): RestRun[] => runsHere().list().map(rowOf);

export function runFound(id: string): RestRunDetail | null {
  const runs = runsHere();
  if (!runs.has(id)) return null;
  const entry = runs.read(id);
  return { ...rowOf(entry), settings: entry.settings };
}

export const runTagged = (id: string, tags: readonly string[]): RestRun => rowOf(runsHere().tag(id, tags));

export function runRemoved(id: string): null {
  runsHere().remove(id);
  return null;
}

function rowOf({ id, format: _, settings: __, costs, ...entry }: RunEntry): RestRun {
  const { parameters, instruments, tapes, figures, tags } = entry;
  return {
    ...entry,
    run: id,
    costs: costs ?? null,
    ...{ parameters: { ...parameters }, instruments: [...instruments], tapes: [...tapes], figures: { ...figures }, tags: [...tags] },
  };
}

export const tapeList = (): RestTape[] =>
  tapeNames()
    .map((name) => tapeNamed(name))
    .map((found) => {
      const { manifest } = found;
      return {
        ...{ tape: nameOfTape(found), from: manifest.from, to: manifest.to, facts: manifest.count, hash: manifest.hash },
        bytes: manifest.frames.reduce((sum, frame) => sum + frame.bytes, 0),
        streams: manifest.streams.map(({ instrument, source, kind, timeframeUs, count, from, to }) => ({
          ...{ instrument, source, kind, timeframeUs, facts: count, from, to },
        })),
      };
    });
