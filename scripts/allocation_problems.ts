import { memoryFiles, type SourceFiles } from "../core/tosca/mod.ts";

const types = `tosca_definitions_version: tosca_2_0
capability_types:
  Host: { properties: { slots: { type: integer, default: 9 }, memory: { type: integer, default: 99 } } }
relationship_types: { HostedOn: {} }
node_types:
  Machine: { properties: { zone: { type: integer } }, capabilities: { host: Host } }
  Program: { requirements: [ host: { capability: Host, relationship: HostedOn } ] }
service_template:
  node_templates:
`;

/**
 * Returns the templates of a service in which programs allocate from machines, at most 50 nodes together, drawn by `seed`:
 * with room to spare, with exactly as much as is needed, or with a little too little; of one kind or two; some programs
 * want several machines, some want one of a zone.
 */
export function allocationProblem(seed: number): SourceFiles {
  const draw = drawer(seed);
  const machines = 2 + draw(23);
  const programs = 2 + draw(48 - machines);
  const room = Array.from({ length: machines }, () => ({ slots: 0, memory: 0 }));
  const lines: string[] = [];
  const [hasMemory, hasZones, hasCounts] = [draw(2) === 0, draw(3) === 0, draw(4) === 0];
  const largest = 1 + draw(30);
  for (let program = 0; program < programs; program++) {
    const need = { slots: 1 + draw(largest), memory: 1 + draw(largest) };
    const count = hasCounts && draw(4) === 0 ? Math.min(2, machines) : 1;
    const zone = draw(3);
    const first = draw(machines);
    for (let at = 0; at < count; at++) {
      // A machine that has the zone is given the room, so that there is a solution before anything is taken away.
      const machine = room[zoned((first + at) % machines, hasZones ? zone : undefined, machines)];
      machine.slots += need.slots;
      machine.memory += need.memory;
    }
    const allocation = `{ slots: ${need.slots}${hasMemory ? `, memory: ${need.memory}` : ""} }`;
    const filter = hasZones
      ? `, node_filter: { $equal: [ { $get_property: [ SELF, TARGET, zone ] }, ${
        zone % machines
      } ] }`
      : "";
    lines.push(
      `p${program}: { type: Program, requirements: [ host: { node: Machine, count: ${count}, allocation: ${allocation}${filter} } ] }`,
    );
  }
  const slack = draw(3);
  for (const [machine, { slots, memory }] of room.entries()) {
    const spare = slack === 0 ? draw(5) : slack === 1 ? 0 : -draw(2);
    lines.push(
      `m${machine}: { type: Machine, properties: { zone: ${
        machine % 3
      } }, capabilities: { host: { properties: { slots: ${
        Math.max(0, slots + spare)
      }, memory: ${memory} } } } }`,
    );
  }
  const text = lines.map((each) => `    ${each}\n`).join("");
  return memoryFiles(new Map([["main.yaml", types + text]]));
}

/** Returns the next machine of a zone; machines are in zones 0, 1 and 2 by turns. */
function zoned(machine: number, zone: number | undefined, machines: number): number {
  if (zone === undefined) return machine;
  const wanted = zone % machines;
  for (let at = 0; at < machines; at++) {
    if (((machine + at) % machines) % 3 === wanted) return (machine + at) % machines;
  }
  return machine;
}

/** Returns whole numbers from 0 up to, not including, a bound: the same for the same seed (mulberry32). */
function drawer(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, bound);
  };
}
