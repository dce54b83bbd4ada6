import { fail } from "../../base/mod.ts";
import type { TerminalSize } from "../../ports/mod.ts";
import { type Libc, libc } from "./libc.ts";

const chunkBytes = 32 * 1024;

// open(2), poll(2) and ioctl_tty(2), as they are on both of our architectures.
const openFlags = 0o2 | 0o400 | 0o4000 | 0o2000000; // O_RDWR, O_NOCTTY, O_NONBLOCK, O_CLOEXEC
const eventFlags = 0o4000 | 0o2000000; // EFD_NONBLOCK, EFD_CLOEXEC
const [pollIn, pollOut, pollGone] = [0x1, 0x4, 0x8 | 0x10]; // POLLIN, POLLOUT, POLLERR or POLLHUP
const setLock = 0x40045431n; // TIOCSPTLCK
const getNumber = 0x80045430n; // TIOCGPTN
const setSize = 0x5414n; // TIOCSWINSZ

/** What a person types at the end of input: a terminal has no other. */
const endOfInput = 0x04;
const lineEnd = 0x0a;

/**
 * Our side of a new pseudo-terminal (pty(7)); a process opens the other at `path`.
 *
 * The kernel is asked through libc, because nothing of Deno's makes one. Whoever waits does so in poll(2) on a thread of
 * its own, together with an event that `hangUp()` fires: a plain read(2) could not be called off.
 */
export class PseudoTerminal {
  readonly path: string;
  readonly output: ReadableStream<Uint8Array>;
  readonly input: WritableStream<Uint8Array>;
  readonly #libc: Libc;
  readonly #terminal: number;
  readonly #hungUp: number;
  #reading: Promise<void> = Promise.resolve();
  #writing: Promise<void> = Promise.resolve();
  #isHungUp = false;
  #isOpen = true;
  #lastTyped = lineEnd;

  constructor(size: TerminalSize) {
    this.#libc = libc();
    this.#terminal = this.#libc.open(new TextEncoder().encode("/dev/ptmx\0"), openFlags);
    this.#hungUp = this.#libc.eventfd(0, eventFlags);
    const number = new Int32Array(1);
    const isMade = this.#terminal >= 0 && this.#hungUp >= 0 &&
      this.#libc.ioctl(this.#terminal, setLock, new Int32Array(1)) === 0 &&
      this.#libc.ioctl(this.#terminal, getNumber, number) === 0;
    if (!isMade) {
      this.#close();
      fail("PLATFORM_NO_TERMINAL", {
        what: "Cannot make a terminal for the command",
        why: "The kernel gives none: /dev/ptmx is missing, or all are in use",
        fix: "Mount devpts at /dev/pts, or run the command without a terminal (leave out -t)",
      });
    }
    this.path = `/dev/pts/${number[0]}`;
    this.resize(size);
    this.output = new ReadableStream({
      pull: (controller) => this.#reading = this.#read(controller),
      cancel: async () => {
        this.hangUp();
        await this.#reading.catch(() => {});
        await this.#finish();
      },
    }, { highWaterMark: 0 });
    this.input = new WritableStream({
      write: (bytes) => this.#writing = this.#write(bytes),
      // Input that does not end in a whole line is handed over by a first end of input, and ended by a second.
      close: () => {
        const ends = this.#lastTyped === lineEnd ? [endOfInput] : [endOfInput, endOfInput];
        return this.#writing = this.#write(new Uint8Array(ends));
      },
    });
  }

  /** Tells the processes at the terminal its size: they get SIGWINCH. */
  resize({ rows, columns }: TerminalSize): void {
    if (this.#isOpen) {
      this.#libc.ioctl(this.#terminal, setSize, new Uint16Array([rows, columns, 0, 0]));
    }
  }

  /** Ends `output` after what was written so far, and then the terminal: what is still at it is hung up. */
  hangUp(): void {
    if (this.#isHungUp || !this.#isOpen) return;
    this.#isHungUp = true;
    this.#libc.write(this.#hungUp, new BigUint64Array([1n]), 8n);
  }

  async #read(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const bytes = new Uint8Array(chunkBytes);
    for (;;) {
      const events = await this.#wait(pollIn);
      const count = Number(this.#libc.read(this.#terminal, bytes, BigInt(chunkBytes)));
      if (count > 0) return controller.enqueue(bytes.subarray(0, count));
      if (this.#isHungUp || events & pollGone) break;
    }
    await this.#finish();
    controller.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#isHungUp || !this.#isOpen) return;
      const events = await this.#wait(pollOut);
      if (events & pollGone || this.#isHungUp) return;
      const rest = bytes.slice(at);
      at += Math.max(0, Number(this.#libc.write(this.#terminal, rest, BigInt(rest.length))));
    }
    this.#lastTyped = bytes.at(-1) ?? this.#lastTyped;
  }

  /** Waits until the terminal is ready for one of the events, or hung up; returns what it is ready for. */
  async #wait(events: number): Promise<number> {
    const polled = new Int16Array(8); // two of struct pollfd: a descriptor in 32 bits, events, what came
    const descriptors = new Int32Array(polled.buffer);
    descriptors[0] = this.#terminal;
    polled[2] = events;
    descriptors[2] = this.#hungUp;
    polled[6] = pollIn;
    await this.#libc.poll(polled, 2n, -1);
    return polled[3];
  }

  async #finish(): Promise<void> {
    this.hangUp();
    await this.#writing.catch(() => {});
    this.#close();
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const each of [this.#terminal, this.#hungUp]) if (each >= 0) this.#libc.close(each);
  }
}
