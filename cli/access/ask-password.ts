/** A password from a person: typed without being shown, or the first line of what is piped in. Never from the command line, which others see. */
import { createInterface } from 'node:readline';
import { Refused } from '../answer.ts';

const MOST_CHARACTERS = 4_096;

/** `twice`: a new one is typed again, so that nobody locks a typing error in. */
export async function askPassword(what: string, twice: boolean): Promise<string> {
  if (process.stdin.isTTY !== true) return firstLine(what);
  const password = await typed(`${what}: `);
  if (!twice || (await typed('once more: ')) === password) return password;
  throw new Refused(2, ['the two are not the same, so nothing was changed'], 'run the same command again');
}

async function firstLine(what: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) {
      if (line !== '') return line;
      break;
    }
  } finally {
    lines.close();
    process.stdin.destroy(); // a pipe that stays open must not keep the command
  }
  throw new Refused(2, [`${what}: none was typed and none was piped in`], 'run it in a terminal, or pipe the password in as one line');
}

function typed(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  return new Promise((resolve, reject) => {
    let text = '';
    const end = (settle: () => void) => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const take = (part: Buffer) => {
      for (const character of part.toString('utf8')) {
        if (character === '\r' || character === '\n') return end(() => resolve(text));
        if (character === '\x03' || character === '\x04') return end(() => reject(new Refused(1, ['stopped, and nothing was changed'])));
        if (character === '\x7f' || character === '\b') text = [...text].slice(0, -1).join('');
        else if (character >= ' ' && text.length < MOST_CHARACTERS) text += character;
      }
    };
    stdin.setRawMode(true); // before anybody is asked: what is typed at once would be shown
    stdin.resume();
    stdin.on('data', take);
    stderr.write(prompt);
  });
}
