/** The refusals of this API as problems: what is not there, what cannot be asked so, who is too busy to answer. Each says what to do. */
import { AccessRefused, type Refusal } from '../access/refusals.ts';
import { type FieldFault, problem, Refused } from '../http/problem.ts';
import { refusalHeaders, refusalProblem } from '../serve/admission.ts';
import { DeskAway, QuestionRefused, QuestionsBusy, QuestionTooLong } from './ports.ts';

export const notThere = (what: string, remedy: string): Refused =>
  new Refused(problem(404, 'not-found', 'There is no such thing', what, { remedy }));

/** One field that is well-formed and does not fit what is here. */
export const wrongField = (field: string, detail: string, remedy: string | null): Refused => wrongFields([{ field, detail, remedy }]);

export const wrongFields = (fields: readonly FieldFault[]): Refused =>
  new Refused(
    problem(
      422,
      'invalid-input',
      'The request does not fit',
      `${fields.length === 1 ? 'one field is' : `${fields.length} fields are`} not as this desk takes them`,
      { remedy: 'correct the fields named', fields },
    ),
  );

export const conflict = (detail: string, remedy: string): Refused =>
  new Refused(problem(409, 'conflict', 'Not as it is now', detail, { remedy }));

/** Who may not, told. */
export const refusedOf = (refusal: Refusal): Refused => new Refused(refusalProblem(refusal), refusalHeaders(refusal));

/** Does it, and tells what others refuse in the words of HTTP. `part`: where the fields of a refusal stand in the request. */
export async function answered<T>(work: () => T | Promise<T>, part: 'query' | 'body' | 'params' = 'query'): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw problemOf(error, part);
  }
}

function problemOf(error: unknown, part: 'query' | 'body' | 'params'): unknown {
  if (error instanceof QuestionsBusy)
    return new Refused(problem(503, 'busy', 'Too much is asked at once', error.message, { remedy: 'ask again in a moment' }), {
      'retry-after': '2',
    });
  if (error instanceof QuestionTooLong)
    return new Refused(
      problem(503, 'too-long', 'It would take too long', error.message, { remedy: 'ask for less: a shorter window, a lower limit' }),
      { 'retry-after': '10' },
    );
  if (error instanceof QuestionRefused)
    return error.field === null
      ? new Refused(problem(422, 'no-answer', 'That has no answer', error.message, { remedy: error.remedy }))
      : wrongField(`${part}.${error.field}`, error.message, error.remedy);
  if (error instanceof AccessRefused) return wrongField(`${part}.${error.field}`, withoutField(error), error.remedy);
  if (error instanceof DeskAway)
    return new Refused(
      problem(503, error.done === 'no' ? 'desk-halted' : 'desk-silent', 'The desk does not answer', error.message, {
        remedy:
          error.done === 'no'
            ? 'look at GET /api/v1/health/ready: it says what stopped the desk'
            : 'it may have been done: look at GET /api/v1/decisions, then send the same request with the same Idempotency-Key',
      }),
    );
  return error;
}

const withoutField = ({ field, message }: AccessRefused): string =>
  message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
