#ifndef CSHA256_H
#define CSHA256_H

#include <stddef.h>
#include <stdint.h>

/// A SHA-256 sum (FIPS 180-4) in the making.
typedef struct {
  uint32_t state[8];
  uint64_t length; // In bytes.
  uint8_t block[64];
} sha256_state;

void sha256_begin(sha256_state *_Nonnull sum);
void sha256_update(sha256_state *_Nonnull sum, const void *_Nullable bytes, size_t count);
void sha256_finish(sha256_state *_Nonnull sum, uint8_t *_Nonnull digest);

#endif
