/** One UDP packet: what is put around a message, in this order: compression, checksum, encryption, label. */
import { bounds } from "./bounds.ts";
import { concatBytes, uint32At, uint32Bytes } from "./bytes.ts";
import { crc32 } from "./crc.ts";
import { decrypt, encrypt, type EncryptionVersion } from "./encryption.ts";
import { compressWherePays } from "./envelope.ts";
import type { Keyring } from "./keyring.ts";
import { type LabelCheck, labelHeader, takeLabel } from "./label.ts";
import { checkBound, malformed, refused } from "./malformed.ts";
import { messageType } from "./message.ts";
import { ByteReader, ShortInput } from "./reader.ts";

/** How a message is sealed for sending, over either transport. */
export interface SealOptions {
  readonly label: Uint8Array;
  /** Encrypts where it is given; with `nonce`, 12 random bytes never used before. */
  readonly keyring?: Keyring;
  readonly nonce?: Uint8Array;
  readonly encryptionVersion?: EncryptionVersion;
  /** Compresses where that makes it shorter. */
  readonly compress?: boolean;
}

/** Returns the packet of a message. `crc` adds a checksum, which peers of protocol 5 and later understand. */
export function sealPacket(
  message: Uint8Array,
  options: SealOptions & { readonly crc?: boolean },
): Uint8Array {
  let body = options.compress ? compressWherePays(message) : message;
  if (options.crc) {
    body = concatBytes(Uint8Array.of(messageType.hasCrc), uint32Bytes(crc32(body)), body);
  }
  if (options.keyring) {
    const { keyring, nonce, encryptionVersion = 1, label } = options;
    if (!nonce) throw new TypeError("Encryption needs a nonce");
    body = encrypt(encryptionVersion, keyring.primary, nonce, body, label);
  }
  return options.label.length > 0 ? concatBytes(labelHeader(options.label), body) : body;
}

/** How what arrives is opened, over either transport. */
export interface OpenOptions extends LabelCheck {
  readonly keyring?: Keyring;
  /** With keys: take plain messages too (a cluster on its way to encryption). */
  readonly acceptPlain?: boolean;
}

/** Returns the message of a packet; throws a problem where label, key or checksum are not ours. */
export function openPacket(packet: Uint8Array, options: OpenOptions): Uint8Array {
  checkBound(packet.length, bounds.packetBytesMax, "length of a packet");
  const reader = new ByteReader(packet);
  try {
    takeLabel(reader, options);
  } catch (error) {
    if (error instanceof ShortInput) malformed("its label runs short");
    throw error;
  }
  const body = decryptPacket(packet.subarray(reader.position), options);
  if (body[0] !== messageType.hasCrc || body.length < 5) return body;
  const message = body.subarray(5);
  if (crc32(message) !== uint32At(body, 1)) refused("its checksum is wrong");
  return message;
}

/** Whether a packet is encrypted shows only in whether it decrypts: types 0 and 1 are messages too. */
function decryptPacket(body: Uint8Array, options: OpenOptions): Uint8Array {
  if (!options.keyring) return body;
  try {
    return decrypt(options.keyring, body, options.label);
  } catch (error) {
    if (options.acceptPlain) return body;
    throw error;
  }
}
