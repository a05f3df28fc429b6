export { cacheFolder } from './cacheFolder.ts';
