/** What a path is. */
interface PathInfo {
  readonly kind: "file" | "directory";
  readonly sizeBytes: number;
  readonly executable: boolean;
}

/** The files of whoever runs the command; relative paths start at the working directory. */
export const userFiles = {
  read: (path: string): Promise<Uint8Array> => Deno.readFile(path),

  /** Returns bytes from an offset on; fewer where the file ends. */
  async readPart(path: string, offset: number, length: number): Promise<Uint8Array> {
    const file = await Deno.open(path);
    try {
      await file.seek(offset, Deno.SeekMode.Start);
      const bytes = new Uint8Array(length);
      let count = 0;
      while (count < length) {
        const step = await file.read(bytes.subarray(count));
        if (step === null) break;
        count += step;
      }
      return bytes.subarray(0, count);
    } finally {
      file.close();
    }
  },

  write: (path: string, text: string): Promise<void> => Deno.writeTextFile(path, text),

  /** Returns the names in a folder, sorted. */
  async list(path: string): Promise<string[]> {
    const entries = await Array.fromAsync(Deno.readDir(path));
    return entries.map((each) => each.name).sort();
  },

  /** Follows symbolic links; nothing where there is nothing, or neither file nor folder. */
  async stat(path: string): Promise<PathInfo | undefined> {
    const info = await Deno.stat(path).catch(() => undefined);
    if (!info || !(info.isFile || info.isDirectory)) return undefined;
    return {
      kind: info.isFile ? "file" : "directory",
      sizeBytes: info.size,
      executable: ((info.mode ?? 0) & 0o111) !== 0,
    };
  },
};
