// The same kernels for AVX2: this file alone is compiled for it.
#include <limits>
#include <type_traits>

#include "integers.h"

#define KERNELS_NAMESPACE avx2
#include "integers_kernels.inc"
