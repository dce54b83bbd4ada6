/** The X.509 library and what it needs; loaded once, when a certificate is first made. */
let loading: Promise<typeof import("@peculiar/x509")> | undefined;

export function x509(): Promise<typeof import("@peculiar/x509")> {
  return loading ??= (async () => {
    await import("reflect-metadata"); // the library fails without it
    return await import("@peculiar/x509");
  })();
}
