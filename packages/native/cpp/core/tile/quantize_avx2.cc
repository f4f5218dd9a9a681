// The same kernels for AVX2: this file alone is compiled for it.
#include <limits>

#include "quantize.h"

#define KERNELS_NAMESPACE avx2
#include "quantize_kernels.inc"
