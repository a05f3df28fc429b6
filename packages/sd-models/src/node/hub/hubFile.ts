/** A file of a repository at a revision. */
export interface HubFile {
  /** `organisation/name`. */
  readonly repository: string;
  /** A commit, or a branch or tag. */
  readonly revision: string;
  /** Path in the repository, with `/`. */
  readonly path: string;
}

/** The name by which messages call a file. */
export function describeFile(file: HubFile): string {
  return `'${file.path}' of ${file.repository} (revision ${file.revision})`;
}
