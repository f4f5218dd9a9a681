// The same kernels for AVX2: this file alone is compiled for it.
#include "program.h"
#include "vector.h"

#define KERNELS_NAMESPACE avx2
#include "compare_kernels.inc"
