/** How often an agent with nothing to do looks into the shared state, counted on a simulated host in virtual time. */
import assert from "node:assert/strict";
import type { Files } from "../../core/ports/mod.ts";
import { SimulatedHost } from "./simulated_host.ts";
import { helloRequest } from "./simulated_service.ts";

/** Operations on files that look and change nothing. */
const looks: ReadonlySet<string | symbol> = new Set(["list", "readText", "readBytes", "stat"]);

/** Returns the looks into the state for each second, of an agent with so many services that are as they should be. */
export async function stateReadsPerSecond(
  { services, seconds }: { readonly services: number; readonly seconds: number },
): Promise<number> {
  const host = await SimulatedHost.seeded();
  let count = 0;
  host.surroundings = { stateFiles: (files) => counting(files, () => count++) };
  const life = await host.start();
  const { useCases } = life.agent;
  for (let index = 0; index < services; index++) {
    const ref = { namespace: "default", service: `s${index}` };
    const request = { ...helloRequest({ isAlone: true, port: { port: 10_000 + index } }), ref };
    const { problems } = await host.clock.run(useCases.deploy(request));
    assert.deepEqual(problems, []);
  }
  // The first looks for each service's sake come soon after its deploy.
  await host.clock.advance(600_000);
  const views = await host.clock.run(useCases.services());
  assert.deepEqual(views.map(({ phase }) => phase), Array(services).fill("ready"));
  count = 0;
  await host.clock.advance(seconds * 1_000);
  await life.stop();
  return count / seconds;
}

function counting(files: Files, note: () => void): Files {
  return new Proxy(files, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (looks.has(key)) note();
        return value.apply(target, args);
      };
    },
  });
}
