// The same kernels for AVX-512: this file alone is compiled for it.
#include "program.h"
#include "vector.h"

#define KERNELS_NAMESPACE avx512
#include "compare_kernels.inc"
