/**
 * What a plugin imports: Extism's kernel (memory outside of ours, input and output) and Khutulun's host functions.
 *
 * A host function takes the block with its input, as JSON, and returns the block with its output. This file stands
 * apart because the formatter does not know decorators on functions.
 */

@external("extism:host/env", "input_length")
export declare function inputLength(): u64;
@external("extism:host/env", "input_load_u8")
export declare function inputLoadByte(at: u64): u8;
@external("extism:host/env", "input_load_u64")
export declare function inputLoadWord(at: u64): u64;
@external("extism:host/env", "output_set")
export declare function outputSet(block: u64, length: u64): void;
@external("extism:host/env", "alloc")
export declare function allocate(length: u64): u64;
@external("extism:host/env", "free")
export declare function free(block: u64): void;
@external("extism:host/env", "length")
export declare function lengthOf(block: u64): u64;
@external("extism:host/env", "load_u8")
export declare function loadByte(at: u64): u8;
@external("extism:host/env", "load_u64")
export declare function loadWord(at: u64): u64;
@external("extism:host/env", "store_u8")
export declare function storeByte(at: u64, value: u8): void;
@external("extism:host/env", "store_u64")
export declare function storeWord(at: u64, value: u64): void;

@external("extism:host/user", "exec")
export declare function hostExec(input: u64): u64;
@external("extism:host/user", "read_file")
export declare function hostReadFile(input: u64): u64;
@external("extism:host/user", "list_dir")
export declare function hostListDir(input: u64): u64;
@external("extism:host/user", "write_file")
export declare function hostWriteFile(input: u64): u64;
@external("extism:host/user", "remove_file")
export declare function hostRemoveFile(input: u64): u64;
@external("extism:host/user", "spawn")
export declare function hostSpawn(input: u64): u64;
@external("extism:host/user", "end")
export declare function hostEnd(input: u64): u64;
@external("extism:host/user", "call_plugin")
export declare function hostCallPlugin(input: u64): u64;
@external("extism:host/user", "lookup")
export declare function hostLookup(input: u64): u64;
@external("extism:host/user", "http")
export declare function hostHttp(input: u64): u64;
@external("extism:host/user", "log")
export declare function hostLog(input: u64): u64;
@external("extism:host/user", "panic")
export declare function hostPanic(input: u64): u64;
