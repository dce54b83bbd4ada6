/** Compiles a service of 10,000 written nodes once, and prints the most memory that was resident, in MB (Linux). */
import { compile } from "../core/tosca/mod.ts";
import { writtenService } from "./bench/tosca_reading.ts";

const files = writtenService(10_000);
const { value, problems } = await compile({ files, entry: "main.yaml", profiles: [] });
if (!value) throw new Error(problems[0].what);
const status = await Deno.readTextFile("/proc/self/status");
console.log(Number(status.match(/VmHWM:\s+(\d+)/)![1]) / 1_000);
