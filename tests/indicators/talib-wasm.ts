// TA-Lib itself, compiled to WebAssembly: its C functions called as they are. The package's own wrapper is not used: it asks for one bar more than
// it has, and hands TA-Lib one address for two results, which turns what is computed in two steps (STDDEV, BBANDS, …) into something else.
import * as talib from 'talib-web';

export type Answer = Readonly<{ begin: number; columns: readonly (readonly number[])[] }>;

/** `begin` is the first bar that has a value; each column holds the values from it on. */
export type Talib = (name: string, inputs: readonly (readonly number[])[], options: readonly number[], outputs: number) => Answer;

type Wasm = Readonly<{
  HEAPF64: Float64Array;
  HEAP32: Int32Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
}> &
  Readonly<Record<`_TA_${string}`, (...numbers: number[]) => number>>;

export async function openTalib(): Promise<Talib> {
  const wasm = await load();
  return (name, inputs, options, outputs) => {
    const bars = inputs[0].length;
    const bytes = 8 * bars;
    const taken: number[] = [];
    const take = (size: number) => {
      taken.push(wasm._malloc(size));
      return taken[taken.length - 1];
    };
    const given = inputs.map((column) => {
      const address = take(bytes);
      wasm.HEAPF64.set(column, address / 8);
      return address;
    });
    const [begin, count] = [take(8), take(8)];
    const results = Array.from({ length: outputs }, () => take(bytes));
    const code = wasm[`_TA_${name}`](0, bars - 1, ...given, ...options, begin, count, ...results);
    if (code !== 0) throw new Error(`TA_${name} refused its arguments: code ${code}`);
    const answer = {
      begin: wasm.HEAP32[begin / 4],
      columns: results.map((address) => [...wasm.HEAPF64.subarray(address / 8, address / 8 + wasm.HEAP32[count / 4])]),
    };
    taken.forEach((address) => {
      wasm._free(address);
    });
    return answer;
  };
}

/** The loader asks fetch() for its own file, which Node's refuses; without a fetch it reads the file. */
async function load(): Promise<Wasm> {
  const { fetch } = globalThis;
  try {
    Reflect.deleteProperty(globalThis, 'fetch');
    return (await talib.init()) as Wasm;
  } finally {
    globalThis.fetch = fetch;
  }
}
