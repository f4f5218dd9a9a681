// The same kernels for AVX-512: this file alone is compiled for it.
#include <limits>

#include "quantize.h"

#define KERNELS_NAMESPACE avx512
#include "quantize_kernels.inc"
