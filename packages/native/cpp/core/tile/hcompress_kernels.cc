#include "hcompress_kernels.h"

#include <type_traits>
#include <utility>

#include "../bytes.h"

#define KERNELS_NAMESPACE scalar
#include "hcompress_kernels.inc"
#undef KERNELS_NAMESPACE

namespace fitstream::hcompress {

#if defined(FITSTREAM_X86)
namespace avx2 {
extern const Kernels kKernels;
}
#endif

const Kernels& kernels([[maybe_unused]] simd::Level level) {
#if defined(FITSTREAM_X86)
  if (level >= simd::Level::kAvx2) return avx2::kKernels;
#endif
  return scalar::kKernels;
}

}  // namespace fitstream::hcompress
