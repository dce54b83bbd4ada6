import { userInfo } from "node:os";
import type { SystemdFacts } from "./manager.ts";

/** Where the facts are on a real machine; tests point it elsewhere. */
export interface SystemdPlaces {
  /** Put before every absolute path. */
  readonly root: string;
  readonly uid: number;
  readonly userName: string;
  /** The value of `PATH`. */
  readonly path: string;
  /** The value of `XDG_RUNTIME_DIR`, which a shell made by su or sudo lacks or has of another user. */
  readonly runtimeDirectory?: string;
}

/** Returns the places of this machine and this process. */
export function systemdPlaces(env: Readonly<Record<string, string>>): SystemdPlaces {
  const { uid, username } = userInfo();
  return {
    root: "",
    uid,
    userName: username,
    path: env.PATH ?? "/usr/bin:/bin",
    runtimeDirectory: env.XDG_RUNTIME_DIR,
  };
}

/**
 * Reads what this machine shows of systemd. It looks at files and sockets alone and starts nothing.
 *
 * A runtime directory named by the environment is believed only where this user owns it: `su` keeps the variable of
 * the user before.
 */
export async function readSystemdFacts(places: SystemdPlaces): Promise<SystemdFacts> {
  const { root, uid, userName } = places;
  const runtimeDirectory = await firstOwned(root, uid, [
    places.runtimeDirectory,
    `/run/user/${uid}`,
  ]);
  const inRuntime = async (name: string) =>
    runtimeDirectory !== undefined && await exists(`${root}${runtimeDirectory}/${name}`);
  const onPath = await Promise.all(
    places.path.split(":").map((folder) => exists(`${root}${folder}/systemctl`)),
  );
  const systemBus = "/run/dbus/system_bus_socket";
  return {
    uid,
    userName,
    isBooted: await exists(`${root}/run/systemd/system`),
    hasSystemctl: onPath.includes(true),
    systemBus: await exists(root + systemBus) ? systemBus : undefined,
    runtimeDirectory,
    userBus: await inRuntime("bus") ? `${runtimeDirectory}/bus` : undefined,
    hasUserManager: await inRuntime("systemd/private"),
    isLingering: await exists(`${root}/var/lib/systemd/linger/${userName}`),
  };
}

async function firstOwned(
  root: string,
  uid: number,
  paths: readonly (string | undefined)[],
): Promise<string | undefined> {
  for (const path of paths) {
    if (!path?.startsWith("/")) continue;
    const info = await Deno.stat(root + path).catch(() => undefined);
    if (info?.isDirectory && info.uid === uid) return path;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
