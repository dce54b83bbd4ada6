/**
 * AES-GCM around messages: `version | nonce 12 | ciphertext | tag 16`.
 *
 * Version 1 encrypts the message as it is; version 0, for peers that speak protocol 1, pads it to 16 first.
 */
import { gcm } from "@noble/ciphers/aes.js";
import { concatBytes } from "./bytes.ts";
import type { Keyring } from "./keyring.ts";
import { refused } from "./malformed.ts";

export type EncryptionVersion = 0 | 1;

export const nonceBytes = 12;
const tagBytes = 16;
const blockBytes = 16;

/** Returns how many bytes encryption adds at most. */
export function encryptionOverheadBytes(version: EncryptionVersion): number {
  return 1 + nonceBytes + tagBytes + (version === 0 ? blockBytes : 0);
}

/** Returns the length of the body that `encrypt` makes of so many bytes. */
export function encryptedLength(version: EncryptionVersion, plainBytes: number): number {
  const padded = version === 0 ? plainBytes + blockBytes - plainBytes % blockBytes : plainBytes;
  return 1 + nonceBytes + padded + tagBytes;
}

/** Returns the body. A nonce must never be used twice with one key: give 12 bytes of good randomness. */
export function encrypt(
  version: EncryptionVersion,
  key: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  const input = version === 0 ? pad(plain) : plain;
  const sealed = gcm(key, nonce, associated).encrypt(input);
  return concatBytes(Uint8Array.of(version), nonce, sealed);
}

/** Returns what a body holds, trying all keys of the ring; throws where none fits. */
export function decrypt(keyring: Keyring, body: Uint8Array, associated: Uint8Array): Uint8Array {
  const version = body[0];
  if (version !== 0 && version !== 1) {
    refused(`it is not encrypted (first byte ${version})`, fixKey);
  }
  if (body.length < encryptionOverheadBytes(1)) refused("it is too short to be encrypted");
  const nonce = body.subarray(1, 1 + nonceBytes);
  const sealed = body.subarray(1 + nonceBytes);
  for (const key of keyring.keys) {
    let plain;
    try {
      plain = gcm(key, nonce, associated).decrypt(sealed);
    } catch {
      continue; // a wrong key and a forged packet look the same
    }
    return version === 0 ? unpad(plain) : plain;
  }
  refused("no key of the ring decrypts it", fixKey);
}

const fixKey = "Give all members the same gossip key and label";

function pad(plain: Uint8Array): Uint8Array {
  const more = blockBytes - plain.length % blockBytes;
  return concatBytes(plain, new Uint8Array(more).fill(more));
}

function unpad(padded: Uint8Array): Uint8Array {
  const more = padded[padded.length - 1] ?? 0;
  if (more < 1 || more > blockBytes || more > padded.length) refused("its padding is wrong");
  return padded.subarray(0, padded.length - more);
}
