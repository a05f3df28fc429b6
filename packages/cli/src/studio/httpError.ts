/** A request that is refused, in the form in which OpenAI's interface says so. */
export class HttpError extends Error {
  override name = 'HttpError';

  constructor(
    readonly status: number,
    message: string,
    /** The field that is wrong, if one is. */
    readonly param: string | null = null,
  ) {
    super(message);
  }

  /** The body of the answer. */
  get body(): object {
    const type = this.status < 500 ? 'invalid_request_error' : 'server_error';
    return { error: { message: `${this.message}.`, type, param: this.param, code: null } };
  }
}
