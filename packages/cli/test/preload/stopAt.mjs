// Loaded into the command by `node --import`: sends it a signal when it has written a certain line, or just before or
// after a file takes its name, so that a test can stop it at a point and not at a time.
import { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { STOP_SIGNAL, STOP_AT_LINE, STOP_BEFORE_FILE, STOP_AFTER_FILE } = process.env;

function stop() {
  process.kill(process.pid, STOP_SIGNAL);
}

const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (text, ...rest) => {
  const written = write(text, ...rest);
  if (STOP_AT_LINE && String(text).includes(STOP_AT_LINE)) stop();
  return written;
};

const rename = promises.rename;
promises.rename = async (from, to) => {
  if (STOP_BEFORE_FILE && String(to).endsWith(STOP_BEFORE_FILE)) stop();
  await rename(from, to);
  if (STOP_AFTER_FILE && String(to).endsWith(STOP_AFTER_FILE)) stop();
};
syncBuiltinESMExports();
