#pragma once

#include <stdint.h>
#include <string.h>

// Swift's SIMD types compare sixty-four bytes at once but cannot turn the result into the bits of an integer.
// Clang's vector extensions can, on every processor, and compile to the instructions made for it.
typedef uint8_t byte_block __attribute__((ext_vector_type(64)));
typedef _Bool byte_block_mask __attribute__((ext_vector_type(64)));

static inline __attribute__((always_inline)) uint64_t byte_mask_bits(byte_block_mask mask) {
  uint64_t bits;
  memcpy(&bits, &mask, sizeof bits);
  return bits;
}

/// Bit i is set where byte i of the 64 bytes at `bytes` is a comma, a line feed or a quotation mark.
static inline __attribute__((always_inline)) uint64_t csv_structure(const uint8_t *bytes) {
  byte_block block;
  memcpy(&block, bytes, sizeof block);
  return byte_mask_bits(__builtin_convertvector((block == ',') | (block == '\n') | (block == '"'), byte_block_mask));
}

/// Bit i is set where byte i of the 64 bytes at `bytes` ends a plain run of a JSON string: a quotation mark,
/// a backslash or a control character.
static inline __attribute__((always_inline)) uint64_t json_string_stop(const uint8_t *bytes) {
  byte_block block;
  memcpy(&block, bytes, sizeof block);
  return byte_mask_bits(
      __builtin_convertvector((block == '"') | (block == '\\') | (block < 0x20), byte_block_mask));
}
