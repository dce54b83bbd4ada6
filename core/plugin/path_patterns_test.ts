import assert from "node:assert/strict";
import fc from "fast-check";
import { isPlainPath, PathPatterns, patternProblem } from "./path_patterns.ts";

const paths = {
  units: "/etc/systemd/system",
  unitsLinked: false,
  data: "/var/lib/khutulun/data",
  runtime: "/run/khutulun",
  logs: "/var/log/khutulun",
};

function check(pattern: string, path: string, expected: boolean): void {
  assert.equal(patternProblem(pattern), undefined);
  const patterns = new PathPatterns([pattern], paths, ["web-0", "db-0"]);
  assert.equal(patterns.match(path) !== undefined, expected, `${pattern} ${path}`);
}

Deno.test("match() knows the host's directories, and the names of items alone", () => {
  check("{units}/{name}.service", "/etc/systemd/system/web-0.service", true);
  check("{units}/{name}.service", "/etc/systemd/system/sshd.service", false);
  check("{units}/{name}.service", "/etc/systemd/system/web-0xservice", false);
  check("{data}/{name}/*", "/var/lib/khutulun/data/db-0/key", true);
  check("{data}/{name}/*", "/var/lib/khutulun/data/db-0/a/b", false);
  check("{data}/{name}/**", "/var/lib/khutulun/data/db-0/a/b", true);
  check("{data}/{name}/**", "/var/lib/khutulun/data/db-0", false);
  check("/proc/*/stat", "/proc/1/stat", true);
  check("/proc/*/stat", "/proc/1/fd/stat", false);
  check("/etc/hosts", "/etc/hosts", true);
});

Deno.test("match() refuses a path that does not mean what it says", () => {
  for (const path of ["/proc/1/../2/stat", "proc/1/stat", "/proc//stat", "/proc/./stat"]) {
    check("/proc/**", path, false);
  }
  assert(!isPlainPath("/a\0b") && !isPlainPath("/a/") && isPlainPath("/a/..b"));
});

Deno.test("match() tells which part may not lead through links", () => {
  const patterns = new PathPatterns(["{data}/{name}/*"], paths, ["web-0"]);
  assert.deepEqual(patterns.match("/var/lib/khutulun/data/web-0/x"), {
    fixed: "/var/lib/khutulun/data",
    rest: ["web-0", "x"],
  });
});

Deno.test("match() never leaves the directory of a pattern", () => {
  const patterns = new PathPatterns(["{data}/**"], paths, []);
  const name = fc.constantFrom("..", ".", "", "a", "data", "var", "lib", "khutulun", "etc");
  fc.assert(fc.property(fc.array(name, { maxLength: 8 }), (names) => {
    const path = `/${names.join("/")}`;
    if (patterns.match(path) === undefined) return;
    assert(new URL(`file://${path}`).pathname.startsWith("/var/lib/khutulun/data/"));
  }));
});

Deno.test("patternProblem() refuses what would mean something else than it seems to", () => {
  for (const pattern of ["etc/x", "{home}/x", "/a/../b", "/a//b", "/a/{units}", "/a/b**"]) {
    assert.notEqual(patternProblem(pattern), undefined, pattern);
  }
});
