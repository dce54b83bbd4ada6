/** One request. The answer's body is text; what is longer than `bodyBytesMax` is a failure. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly bodyBytesMax: number;
}

/** The answer, whatever its status, or half a sentence on why there is none. */
export type HttpAnswer =
  | { readonly status: number; readonly body: string }
  | { readonly failure: string };

/** Asks servers over HTTP. Redirects are not followed: whoever may reach one place may not be sent to another. */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpAnswer>;
}
