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

/** A file from a server, or half a sentence on why there is none. */
export type Download = { readonly bytes: Uint8Array } | { readonly failure: string };

/** Bounds on fetching a file. */
export interface DownloadLimits {
  readonly timeoutMs: number;
  readonly bytesMax: number;
}

/** Asks servers over HTTP. Redirects are not followed: whoever may reach one place may not be sent to another. */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpAnswer>;
}
