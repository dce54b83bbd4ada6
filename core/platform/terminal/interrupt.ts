/** Calls back at Ctrl-C instead of ending the process; a second Ctrl-C ends it. Returns how to stop. */
export function onInterrupt(callback: () => void): () => void {
  let isPressed = false;
  const listener = () => {
    if (isPressed) Deno.exit(130);
    isPressed = true;
    callback();
  };
  Deno.addSignalListener("SIGINT", listener);
  return () => Deno.removeSignalListener("SIGINT", listener);
}
