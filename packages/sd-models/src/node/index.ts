export { HubError, type HubErrorCode } from '../hub/errors.ts';
export type { HubFile, HubRevision } from '../hub/hubFile.ts';
export { type ManifestFile, parseManifest, type WeightsManifest } from '../hub/manifest.ts';
export { pipelineFiles } from '../hub/pipelineFiles.ts';
export type { MaskedPicture } from '../image/mask.ts';
export { type ConvertOptions, convertCheckpoint } from './convert.ts';
export {
  type ImageFromFile,
  type MaskFromFile,
  type PixelSource,
  type ReadMaskOptions,
  type ReadOptions,
  readImage,
  readMask,
} from './decode.ts';
export { diskFile, diskFolder, modelAt } from './diskFolder.ts';
export { encodePng, writePng } from './encode.ts';
export { encodeWebp, type WebpFile, type WebpLimits } from './encodeWebp.ts';
export { type CachedOptions, findCachedRepository, findSnapshotIn } from './hub/cachedRepository.ts';
export {
  type DownloadedFile,
  type DownloadOptions,
  type DownloadProgress,
  downloadFile,
  downloadManifest,
  type WantedContent,
  type WantedFile,
  type WantedFiles,
} from './hub/download.ts';
export type { Environment } from './hub/environment.ts';
export { listRepository, type RepositoryListing } from './hub/listRepository.ts';
export type { ProxySettings, ProxyVariable } from './hub/proxy.ts';
export type { RetryPolicy } from './hub/retry.ts';
export { type HubSettings, hubSettings } from './hub/settings.ts';
export { type LoadPathOptions, loadStableDiffusion } from './loadStableDiffusion.ts';
export type { PictureBytes } from './pictureFile.ts';
export type { StoredDType } from './readConverted.ts';
export { reason, TEMPORARY, writeWholeFile } from './writeFile.ts';
