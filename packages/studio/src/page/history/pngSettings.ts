import { parseSettings, type StudioSettings } from '../../session/index.ts';

/** The form of the text that is written into results. */
const VERSION = 1;

/** The settings of an edit, as the text of its result's file. */
export function settingsText({ settings, weights }: { settings: StudioSettings; weights: string }): string {
  return JSON.stringify({ version: VERSION, program: 'lusd studio', weights, settings });
}

/**
 * The settings in a result's text.
 * @throws Error if it is of another version, or not written by this program
 */
export function settingsOfText(text: string): StudioSettings {
  const { version, settings } = JSON.parse(text) as {
    readonly version?: unknown;
    readonly settings?: unknown;
  };
  if (version !== VERSION)
    throw new Error(
      `the picture's settings are of version ${String(version)}, but this page reads ${VERSION}; use a newer one`,
    );
  return parseSettings(settings);
}
