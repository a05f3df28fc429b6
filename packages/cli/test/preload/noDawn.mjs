// Loaded into the command by `node --import`: the system refuses to load Dawn's library, in the words of DLOPEN_ERROR.
const { DLOPEN_ERROR } = process.env;

const dlopen = process.dlopen.bind(process);
process.dlopen = (module, file, ...rest) => {
  if (file.endsWith('dawn.node')) throw new Error(DLOPEN_ERROR);
  return dlopen(module, file, ...rest);
};
