// What the scripts here have in common. Every call of a client and its answer is
// a line; the first answer that is not as it should be ends the script, and the
// last line names the call it came from.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';

export const gateway = process.env.GATEWAY;
export const token = caller => `${caller}-token`;

let last = 'before the first call';

process.on('uncaughtException', e => {
  console.log(`FAILED: ${last}: ${e.message}\n${inspect(e, { depth: 4 })}`);
  process.exit(1);
});
process.on('exit', code => {
  if (code === 13) console.log(`FAILED: ${last}: there never was an answer`);
});

// answer makes a call that has to be answered, and returns the answer. tell
// makes of it what is shown.
export async function answer(name, call, tell = a => a) {
  last = name;
  const answered = await call();
  show(name, tell(answered));
  return answered;
}

// refused makes a call that has to be refused, and returns the error. It is an
// instance of a class of the client's and has these properties.
export async function refused(name, call, Class, properties) {
  last = name;
  const error = await call().then(a => assert.fail(`it was answered: ${short(a)}`), e => e);
  if (!(error instanceof Class)) throw error;
  show(name, `${error.constructor.name} ${error.statusCode ?? error.status} ${error.message}`);
  for (const [property, want] of Object.entries(properties)) {
    if (want instanceof RegExp) assert.match(String(error[property]), want, `${property} of the error`);
    else assert.deepEqual(error[property], want, `${property} of the error`);
  }
  return error;
}

// all collects what a client goes through page by page or event by event.
export async function all(sequence) {
  const found = [];
  for await (const one of sequence) found.push(one);
  return found;
}

function show(name, what) {
  console.log(`${name} -> ${short(what)}`);
}

function short(what) {
  const text = typeof what === 'string' ? what : JSON.stringify(what) ?? String(what);
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}
