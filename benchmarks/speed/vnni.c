/* What a matrix-vector product of bytes costs when nothing else is done: 64 products at a time. */

#include <immintrin.h>
#include <stdint.h>

/* outputs (n_rows) = weights (n_rows, n_columns) x inputs (n_columns); columns a multiple of 128. */
void multiply(const uint8_t *inputs, const int8_t *weights, int32_t *outputs, int n_rows,
              int n_columns) {
    for (int row = 0; row < n_rows; row++) {
        const int8_t *line = weights + (int64_t)row * n_columns;
        __m512i even = _mm512_setzero_si512(), odd = even;
        for (int i = 0; i + 128 <= n_columns; i += 128) {
            even = _mm512_dpbusd_epi32(even, _mm512_loadu_si512(inputs + i),
                                       _mm512_loadu_si512(line + i));
            odd = _mm512_dpbusd_epi32(odd, _mm512_loadu_si512(inputs + i + 64),
                                      _mm512_loadu_si512(line + i + 64));
        }
        outputs[row] = _mm512_reduce_add_epi32(_mm512_add_epi32(even, odd));
    }
}
