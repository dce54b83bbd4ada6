/** Contexts of one user: a directory that nobody else can enter, a file for each, and the name of the one in use. */
export class UserContexts {
  readonly #directory: string;
  readonly #current: string;

  /** `directory` is the user's own (`~/.config/khutulun`). */
  constructor(directory: string) {
    this.#directory = `${directory}/contexts`;
    this.#current = `${directory}/context`;
  }

  async list(): Promise<string[]> {
    try {
      const entries = await Array.fromAsync(Deno.readDir(this.#directory));
      return entries.flatMap(({ name }) => name.endsWith(".json") ? [name.slice(0, -5)] : [])
        .sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  read(name: string): Promise<string | undefined> {
    return Promise.resolve(this.readSync(name));
  }

  readSync(name: string): string | undefined {
    return readIfThere(this.#path(name));
  }

  async write(name: string, text: string): Promise<void> {
    await Deno.mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const aside = `${this.#directory}/.${name}.${Deno.pid}.tmp`;
    await Deno.writeTextFile(aside, text, { mode: 0o600, createNew: true });
    await Deno.rename(aside, this.#path(name));
  }

  async writeTo(path: string, text: string): Promise<void> {
    await Deno.writeTextFile(path, text, { mode: 0o600, createNew: true });
  }

  async remove(name: string): Promise<void> {
    await Deno.remove(this.#path(name));
    if (this.currentSync() === name) await this.use(undefined);
  }

  current(): Promise<string | undefined> {
    return Promise.resolve(this.currentSync());
  }

  currentSync(): string | undefined {
    return readIfThere(this.#current)?.trim() || undefined;
  }

  async use(name: string | undefined): Promise<void> {
    if (name !== undefined) return await Deno.writeTextFile(this.#current, `${name}\n`);
    await Deno.remove(this.#current).catch(() => {}); // none was in use
  }

  /** Names come from a command line: none leads out of the directory. */
  #path(name: string): string {
    return `${this.#directory}/${encodeURIComponent(name).replace(/^\./, "%2E")}.json`;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
