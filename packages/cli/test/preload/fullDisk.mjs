// Loaded into the command by `node --import`: files whose path holds FULL_DISK lie on a device that has no room, so
// that the kernel itself refuses what is written to them.
import { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { FULL_DISK } = process.env;

async function placeOnFullDevice(path) {
  if (!String(path).includes(FULL_DISK)) return false;
  await promises.symlink('/dev/full', path);
  return true;
}

const { open, writeFile } = promises;
promises.writeFile = async (path, ...rest) => {
  await placeOnFullDevice(path);
  return writeFile(path, ...rest);
};
promises.open = async (path, flags, ...rest) => {
  const isNew = flags === 'wx' && (await placeOnFullDevice(path));
  return open(path, isNew ? 'w' : flags, ...rest);
};
syncBuiltinESMExports();
