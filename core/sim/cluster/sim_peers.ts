import { type Problem, problem, ProblemError, toProblem } from "../../base/mod.ts";
import type { PeerAddress, Peers, PeerUseCases } from "../../agent/mod.ts";
import type { Clock, Connection, Transport } from "../../ports/mod.ts";

/** How long an agent waits for a connection to another, and then for its answer. */
const dialMs = 5_000;
const answerMs = 60_000;

type Answer = { readonly value: unknown } | { readonly problem: Problem };

/**
 * The agents of other hosts, asked over the simulated network: one connection for each question, JSON both ways, ended by a
 * closed side.
 */
export function simPeers(transport: () => Transport | undefined, clock: Clock): Peers {
  return {
    of: (address) =>
      new Proxy({} as PeerUseCases, {
        get: (_target, name) => (request: unknown) =>
          ask(transport, clock, address, String(name), request),
      }),
  };
}

async function ask(
  transport: () => Transport | undefined,
  clock: Clock,
  { id, api }: PeerAddress,
  name: string,
  request: unknown,
): Promise<unknown> {
  let answer: Answer;
  try {
    const connection = await transport()!.dial(api, dialMs);
    await connection.write(encoder.encode(`${JSON.stringify({ name, request })}\n`));
    answer = JSON.parse(
      await inTime(clock, readLine(connection)).finally(() => connection.close()),
    );
  } catch (error) {
    throw new ProblemError(problem("AGENT_PEER_UNREACHABLE", {
      what: `Cannot ask the agent of host "${id}"`,
      where: { host: id },
      why: error instanceof Error ? error.message : String(error),
    }));
  }
  if ("problem" in answer) throw new ProblemError(answer.problem);
  return answer.value;
}

/** Answers one connection with what the agent says. */
export async function servePeer(connection: Connection, peer: PeerUseCases): Promise<void> {
  try {
    const { name, request } = JSON.parse(await readLine(connection));
    const method = peer[name as keyof PeerUseCases] as (request: unknown) => Promise<unknown>;
    const answer: Answer = await method.call(peer, request).then(
      (value) => ({ value }),
      (error) => ({ problem: toProblem(error, `answer "${name}"`) }),
    );
    await connection.write(encoder.encode(`${JSON.stringify(answer)}\n`));
  } catch {
    // The asker went away: it will ask again.
  } finally {
    connection.close();
  }
}

/** Whoever is asked may stand still, or be cut off when it answers. */
async function inTime<T>(clock: Clock, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const late = clock.sleep(answerMs, done.signal).then(() => {
    throw new Error(`no answer within ${answerMs} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => {});
    work.catch(() => {});
    done.abort();
  }
}

async function readLine(connection: Connection): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = await connection.read(); bytes; bytes = await connection.read()) {
    text += decoder.decode(bytes, { stream: true });
    if (text.endsWith("\n")) return text;
  }
  throw new Error("the connection ended before the message did");
}

const encoder = new TextEncoder();
