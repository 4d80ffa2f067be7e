/*
 * Numbers as binary formats have them: in network order, and as PostgreSQL's numeric.
 *
 * Part of _native.c, whose output has room for what is written here.
 */

#ifndef SHARDGEN_BINARY_H
#define SHARDGEN_BINARY_H

#include <stdint.h>
#include <string.h>

#define NUMERIC_ROOM 32 /* bytes that a numeric of 64 bits may touch */
#define NUMERIC_BASE 10000
#define NUMERIC_PLACES 4 /* decimal digits in one of that base */
#define NUMERIC_MOST 6   /* of that base in 64 bits, wherever the point is */
#define NUMERIC_NEGATIVE 0x4000
#define NUMERIC_HEADER 8 /* bytes: four numbers of 16 bits */

/* Write the lowest `size` bytes of a number, 1 to 8, the highest first; 8 bytes are touched. */
static inline uint8_t *put_big_endian(uint8_t *out, uint64_t number, int size)
{
    uint64_t swapped = number << 8 * (8 - size);
    swapped = (swapped & 0x00FF00FF00FF00FFULL) << 8 | (swapped >> 8 & 0x00FF00FF00FF00FFULL);
    swapped = (swapped & 0x0000FFFF0000FFFFULL) << 16 | (swapped >> 16 & 0x0000FFFF0000FFFFULL);
    swapped = swapped << 32 | swapped >> 32;
    memcpy(out, &swapped, 8);
    return out + size;
}

/*
 * Split a number of units of 10^-scale into digits of base 10000, the lowest first, none of the
 * last ones 0; return how many there are. `weight` is the power of that base at the highest one.
 */
static inline int numeric_digits(uint16_t *digits, uint64_t number, int scale, int *weight)
{
    static const uint16_t tens[] = {1, 10, 100, 1000, 10000};
    int groups = (scale + NUMERIC_PLACES - 1) / NUMERIC_PLACES; /* behind the point */
    int missing = groups * NUMERIC_PLACES - scale;
    int count = 0, power = -groups;
    if (missing && number > UINT64_MAX / 1000) { /* it cannot be brought to whole groups */
        unsigned step = tens[NUMERIC_PLACES - missing];
        digits[0] = (uint16_t)(number % step * tens[missing]);
        count = digits[0] != 0;
        number /= step;
        power++;
    } else
        number *= tens[missing];
    for (; !count && number && number % NUMERIC_BASE == 0; power++)
        number /= NUMERIC_BASE;
    for (; number; power++) {
        uint64_t high = number / NUMERIC_BASE;
        digits[count++] = (uint16_t)(number - high * NUMERIC_BASE);
        number = high;
    }
    *weight = count ? power - 1 : 0;
    return count;
}

/*
 * Write a number of units of 10^-scale, in 64 bits with a sign, as a field of PostgreSQL's type
 * numeric: its size in bytes, how many digits of base 10000 it has, the weight of the first, the
 * sign, the scale, and these digits. NUMERIC_ROOM bytes are touched.
 */
static inline uint8_t *put_numeric(uint8_t *out, uint64_t number, int scale)
{
    uint16_t digits[NUMERIC_MOST];
    int is_negative = number >> 63, weight;
    int count = numeric_digits(digits, is_negative ? 0 - number : number, scale, &weight);
    out = put_big_endian(out, (uint64_t)(NUMERIC_HEADER + 2 * count), 4);
    uint64_t header = (uint64_t)count << 48 | (uint64_t)(uint16_t)weight << 32
                      | (uint64_t)(is_negative ? NUMERIC_NEGATIVE : 0) << 16 | (uint16_t)scale;
    out = put_big_endian(out, header, 8);
    while (count)
        out = put_big_endian(out, digits[--count], 2);
    return out;
}

#endif
