/** A repository at a revision. */
export interface HubRevision {
  /** `organisation/name`. */
  readonly repository: string;
  /** A commit, or a branch or tag. */
  readonly revision: string;
}

/** A file of a repository at a revision. */
export interface HubFile extends HubRevision {
  /** Path in the repository, with `/`. */
  readonly path: string;
}

/** The name by which messages call a file, or a repository. */
export function describeFile(file: HubRevision | HubFile): string {
  const path = 'path' in file ? `'${file.path}' of ` : '';
  return `${path}${file.repository} (revision ${file.revision})`;
}
