/*
 * What costs most of a row's time, for machines that have a C compiler: native.py calls it, and
 * without it the same bytes come from NumPy.
 *
 * Only the stable interface of Python 3.11 is used, so that one compiled module serves all later
 * versions.
 */

#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

#include "_binary.h"

#if defined(__GNUC__)
#define NEVER_INLINE __attribute__((noinline))
#elif defined(_MSC_VER)
#define NEVER_INLINE __declspec(noinline)
#else
#define NEVER_INLINE
#endif

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the digits of a number are a word whose first byte is the lowest"
#endif

#define INTERFACE 2 /* must be native.py's: a module that was compiled for another is not used */

/* --- Rows as text ------------------------------------------------------------------------------
 *
 * A row is written by its fields from left to right, each as long as it is. Texts are copied 16
 * bytes at a time, digits 8 at a time, and may run over their end: what follows is written later.
 * So the output has room for as many bytes as all fields can touch in one row, in each row.
 */

#define CHUNK 16           /* bytes; entries of tables are padded to a multiple */
#define FEW_CHUNKS 64      /* bytes; a shorter entry is copied whole, whatever its length */
#define MOST_DIGITS 40     /* that a field may ask for; a 64-bit number has 20 */
#define MOST_SCALE 0x3FFF  /* digits after the point of a numeric */
#define SIZE_BYTES 4       /* of a size in front of what it is the size of */
#define MOST_ROOM ((size_t)PY_SSIZE_T_MAX / 2) /* bytes; sums of two such sizes do not overflow */
#define SECONDS_A_DAY 86400
#define ZEROS 0x3030303030303030ULL

typedef enum {
    LITERAL, LOOKUP, NUMBER, TIMESTAMP, SKIP,
    BIG_ENDIAN, NUMERIC, OPEN_SIZE, CLOSE_SIZE, KINDS
} Kind;

typedef enum { NONE, NO_ENTRY, NO_SIZE } Fault;

typedef struct {
    const uint8_t *all;
    size_t length;
    uint8_t head[CHUNK]; /* its first bytes, where nothing behind them is out of bounds */
} Text;

typedef struct {
    Kind kind;
    int width;               /* bytes of a value */
    const uint8_t *values;   /* one of each row: an index, a number, seconds, whether to skip */
    const uint8_t *table;    /* all entries, */
    const uint32_t *lengths; /* and how many bytes of each are text */
    uint64_t entries;
    size_t stride;           /* bytes of an entry */
    Text text;               /* a literal, or what follows the value */
    int is_signed;
    int scale;               /* digits after the point */
    int digits;              /* at least so many */
    int size;                /* bytes that are written of a value */
    int skipped;             /* fields that the text stands for */
    uint64_t first;          /* second of the first entry, since 1970-01-01 00:00:00, mod 2^64 */
} Field;

static inline uint64_t value_at(const Field *field, Py_ssize_t row)
{
    const uint8_t *at = field->values + row * field->width; /* nobody says that it is aligned */
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (field->width) {
    case 1: return *at;
    case 2: memcpy(&two, at, 2); return two;
    case 4: memcpy(&four, at, 4); return four;
    default: memcpy(&eight, at, 8); return eight;
    }
}

static inline uint8_t *put_text(uint8_t *out, const Text *text)
{
    memcpy(out, text->head, CHUNK);
    if (text->length > CHUNK)
        memcpy(out, text->all, text->length);
    return out + text->length;
}

static inline uint8_t *put_entry(uint8_t *out, const Field *field, uint64_t index, Fault *fault)
{
    if (index >= field->entries || field->lengths[index] > field->stride) {
        *fault = NO_ENTRY;
        return out;
    }
    const uint8_t *entry = field->table + index * field->stride;
    size_t length = field->lengths[index];
    memcpy(out, entry, CHUNK);
    if (field->stride > CHUNK) {
        size_t touched = field->stride <= FEW_CHUNKS ? field->stride : length;
        for (size_t done = CHUNK; done < touched; done += CHUNK)
            memcpy(out + done, entry + done, CHUNK);
    }
    return out + length;
}

static uint32_t four_digits[10000]; /* each of them a byte 0 to 9, the first in the lowest one */

static void fill_four_digits(void)
{
    for (uint32_t n = 0; n < 10000; n++)
        four_digits[n] = n / 1000 | n / 100 % 10 << 8 | n / 10 % 10 << 16 | n % 10 << 24;
}

/* The digits of a number below 10^8, in the same way. */
static inline uint64_t eight_digits(uint32_t number)
{
    uint32_t high = number / 10000;
    return four_digits[high] | (uint64_t)four_digits[number - high * 10000] << 32;
}

static inline int leading_zeros(uint64_t digits)
{
#if defined(__GNUC__)
    return digits ? __builtin_ctzll(digits) >> 3 : 8;
#else
    int count = 0;
    for (; count < 8 && !(digits & 0xFF); digits >>= 8)
        count++;
    return count;
#endif
}

/* Write a number below 10^8 with `least` digits or more, 1 to 8, the last `scale` after a point. */
static inline uint8_t *put_short(uint8_t *out, uint32_t number, int scale, int least)
{
    uint64_t digits = eight_digits(number);
    int count = 8 - leading_zeros(digits);
    if (count < least)
        count = least;
    digits = (digits | ZEROS) >> 8 * (8 - count);
    memcpy(out, &digits, 8);
    if (!scale)
        return out + count;
    int whole = count - scale; /* 1 to 7 */
    digits >>= 8 * whole;
    out[whole] = '.';
    memcpy(out + whole + 1, &digits, 8);
    return out + count + 1;
}

/* The same for any number and any count of digits. */
static uint8_t *put_long(uint8_t *out, uint64_t number, int scale, int least)
{
    uint8_t digits[MOST_DIGITS];
    int count = 0;
    for (; number || count < least; number /= 10)
        digits[count++] = (uint8_t)('0' + number % 10);
    while (count > scale)
        *out++ = digits[--count];
    if (scale)
        *out++ = '.';
    while (count)
        *out++ = digits[--count];
    return out;
}

static inline uint8_t *put_number(uint8_t *out, const Field *field, uint64_t number)
{
    int scale = field->scale, least = field->digits;
    if (field->is_signed && number >> 63) {
        *out++ = '-';
        number = 0 - number;
    }
    if (least <= 8 && number < 100000000)
        return put_short(out, (uint32_t)number, scale, least);
    if (least <= 8 && number < 10000000000000000) {
        out = put_short(out, (uint32_t)(number / 100000000), 0, 1);
        return put_short(out, (uint32_t)(number % 100000000), scale, 8);
    }
    return put_long(out, number, scale, least);
}

/* Write HH:MM:SS. */
static inline uint8_t *put_time(uint8_t *out, uint32_t second)
{
    uint32_t minute = second / 60, hour = minute / 60;
    uint64_t digits = eight_digits(hour * 1000000 + minute % 60 * 1000 + second % 60);
    digits |= 0x30303A30303A3030ULL;
    memcpy(out, &digits, 8);
    return out + 8;
}

static inline uint8_t *put_timestamp(uint8_t *out, const Field *field, uint64_t value, Fault *fault)
{
    uint64_t second = value - field->first;
    uint64_t day = second / SECONDS_A_DAY;
    out = put_entry(out, field, day, fault);
    return put_time(out, (uint32_t)(second - day * SECONDS_A_DAY));
}

/* Leave room for a size at `open`, or write there how many bytes follow its place. */
static uint8_t *put_size(uint8_t *out, int is_end, uint8_t **open, Fault *fault)
{
    uint8_t size[8];
    if (is_end != (*open != NULL)) {
        *fault = NO_SIZE;
        return out;
    }
    if (!is_end) {
        *open = out;
        return out + SIZE_BYTES;
    }
    put_big_endian(size, (uint64_t)(out - *open - SIZE_BYTES), SIZE_BYTES);
    memcpy(*open, size, SIZE_BYTES);
    *open = NULL;
    return out;
}

/* Apart from the others, which are quicker without these beside them. */
static NEVER_INLINE uint8_t *put_binary(
    uint8_t *out, const Field *field, Py_ssize_t row, uint8_t **open, Fault *fault)
{
    switch (field->kind) {
    case BIG_ENDIAN:
        out = put_text(out, &field->text);
        return put_big_endian(out, value_at(field, row), field->size);
    case NUMERIC:
        return put_numeric(out, value_at(field, row), field->scale);
    default:
        return put_size(out, field->kind == CLOSE_SIZE, open, fault);
    }
}

/* What stands between two rows, and between two statements after rows first, first + step, … */
typedef struct {
    Text next_row;
    Text next_statement;
    Py_ssize_t first;
    Py_ssize_t step;
    int has_last; /* the last row is the table's, and nothing follows it */
} Ends;

static uint8_t *put_rows(
    uint8_t *out, const Field *fields, Py_ssize_t count, Py_ssize_t rows, const Ends *ends,
    Fault *fault)
{
    size_t statement_end = (size_t)ends->first; /* may wrap around: no row is there */
    uint8_t *open = NULL; /* where the size is missing of what is written now */
    for (Py_ssize_t row = 0; row < rows; row++) {
        for (const Field *field = fields; field < fields + count; field++) {
            switch (field->kind) {
            case LITERAL:
                out = put_text(out, &field->text);
                break;
            case LOOKUP:
                out = put_entry(out, field, value_at(field, row), fault);
                break;
            case NUMBER:
                out = put_number(out, field, value_at(field, row));
                out = put_text(out, &field->text);
                break;
            case TIMESTAMP:
                out = put_timestamp(out, field, value_at(field, row), fault);
                out = put_text(out, &field->text);
                break;
            default: /* not two cases more: a table of jumps is slower than these few */
                if (field->kind != SKIP)
                    out = put_binary(out, field, row, &open, fault);
                else if (value_at(field, row)) {
                    out = put_text(out, &field->text);
                    field += field->skipped;
                }
            }
        }
        if (row == rows - 1 && ends->has_last)
            break;
        if ((size_t)row == statement_end) {
            out = put_text(out, &ends->next_statement);
            statement_end += (size_t)ends->step;
        } else
            out = put_text(out, &ends->next_row);
    }
    if (open)
        *fault = NO_SIZE;
    return out;
}

/* What is held while rows are written: a field's arrays and its text. */
typedef struct {
    Py_buffer values, table, lengths, text;
} Held;

static void release(Held *held)
{
    Py_buffer *buffers[] = {&held->values, &held->table, &held->lengths, &held->text};
    for (int n = 0; n < 4; n++)
        if (buffers[n]->obj)
            PyBuffer_Release(buffers[n]);
}

static void set_text(Text *text, const Py_buffer *held)
{
    text->all = held->buf;
    text->length = held->obj ? (size_t)held->len : 0;
    if (text->length)
        memcpy(text->head, held->buf, text->length < CHUNK ? text->length : CHUNK);
}

static size_t touched(const Text *text)
{
    return text->length < CHUNK ? CHUNK : text->length;
}

static int parse_field(PyObject *tuple, Field *field, Held *held)
{
    PyObject *first = PyTuple_GetItem(tuple, 0);
    long kind = first ? PyLong_AsLong(first) : -1, day = 0;
    int ignored;
    if (PyErr_Occurred())
        return 0;
    field->kind = (Kind)kind;
    switch (kind) {
    case LITERAL:
        return PyArg_ParseTuple(tuple, "iy*", &ignored, &held->text);
    case LOOKUP:
        return PyArg_ParseTuple(
            tuple, "iy*iy*y*", &ignored, &held->values, &field->width, &held->table,
            &held->lengths);
    case NUMBER:
        return PyArg_ParseTuple(
            tuple, "iy*ipiiy*", &ignored, &held->values, &field->width, &field->is_signed,
            &field->scale, &field->digits, &held->text);
    case TIMESTAMP:
        if (!PyArg_ParseTuple(
                tuple, "iy*ily*y*y*", &ignored, &held->values, &field->width, &day, &held->table,
                &held->lengths, &held->text))
            return 0;
        field->first = (uint64_t)day * SECONDS_A_DAY;
        return 1;
    case SKIP:
        return PyArg_ParseTuple(
            tuple, "iy*iy*i", &ignored, &held->values, &field->width, &held->text,
            &field->skipped);
    case BIG_ENDIAN:
        return PyArg_ParseTuple(
            tuple, "iy*iiy*", &ignored, &held->values, &field->width, &field->size, &held->text);
    case NUMERIC:
        return PyArg_ParseTuple(
            tuple, "iy*ii", &ignored, &held->values, &field->width, &field->scale);
    case OPEN_SIZE:
    case CLOSE_SIZE:
        return PyArg_ParseTuple(tuple, "i", &ignored);
    }
    PyErr_Format(PyExc_ValueError, "no kind of field: %ld", kind);
    return 0;
}

static int is_width(int width)
{
    return width == 1 || width == 2 || width == 4 || width == 8;
}

/* The bytes that a number or a size may touch, apart from texts and entries. */
static size_t room_of_value(Kind kind)
{
    switch (kind) {
    case NUMBER: return MOST_DIGITS;
    case NUMERIC: return NUMERIC_ROOM;
    case TIMESTAMP:
    case BIG_ENDIAN:
    case OPEN_SIZE: return 8;
    default: return 0;
    }
}

/* Read a field from a tuple; return the bytes that it may touch in a row, 0 with an error set. */
static size_t read_field(PyObject *tuple, Field *field, Held *held, Py_ssize_t rows)
{
    if (!parse_field(tuple, field, held))
        return 0;
    set_text(&field->text, &held->text);
    field->values = held->values.buf;
    field->table = held->table.buf;
    field->lengths = held->lengths.buf;
    int fits = !held->values.obj
               || (is_width(field->width) && held->values.len == rows * field->width);
    if (held->table.obj) {
        field->entries = (uint64_t)held->lengths.len / sizeof(uint32_t);
        field->stride = field->entries ? (size_t)held->table.len / field->entries : CHUNK;
        fits = fits && (uintptr_t)field->lengths % sizeof(uint32_t) == 0 /* unlike values */
               && field->stride >= CHUNK && field->stride % CHUNK == 0
               && (uint64_t)held->table.len == field->entries * field->stride;
    }
    if (field->kind == NUMBER)
        fits = fits && field->scale >= 0 && field->digits > field->scale
               && field->digits <= MOST_DIGITS;
    if (field->kind == BIG_ENDIAN)
        fits = fits && field->size >= 1 && field->size <= 8;
    if (field->kind == NUMERIC)
        fits = fits && field->scale >= 0 && field->scale <= MOST_SCALE;
    if (!fits || field->skipped < 0) {
        PyErr_SetString(PyExc_ValueError, "a field does not fit its values or its table");
        return 0;
    }
    return field->stride + room_of_value(field->kind) + CHUNK + touched(&field->text);
}

/* Return the bytes that rows may touch, 0 with an error set where there cannot be so many. */
static size_t room_of(size_t row, Py_ssize_t rows, const Ends *ends)
{
    size_t statements = ends->step > 0 ? (size_t)(rows / ends->step) + 1 : 1;
    size_t between = touched(&ends->next_statement);
    if (row > MOST_ROOM / ((size_t)rows + 1) || between > MOST_ROOM / statements) {
        PyErr_NoMemory();
        return 0;
    }
    return (size_t)rows * row + statements * between;
}

static const char *const faults[] = {
    "", "a value has no entry in its table", "a size is opened or closed alone",
};

/* Write rows to `out`, or to a new bytearray where it is too short; return it and the length. */
static PyObject *write_rows(
    PyObject *out, const Field *fields, Py_ssize_t count, Py_ssize_t rows, const Ends *ends,
    size_t room)
{
    if ((size_t)PyByteArray_Size(out) < room) {
        out = PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)room);
        if (!out)
            return NULL;
    } else
        Py_INCREF(out);
    uint8_t *start = (uint8_t *)PyByteArray_AsString(out);
    Fault fault = NONE;
    Py_ssize_t size = put_rows(start, fields, count, rows, ends, &fault) - start;
    PyObject *result = NULL;
    if (fault)
        PyErr_SetString(PyExc_IndexError, faults[fault]);
    else
        result = Py_BuildValue("On", out, size);
    Py_DECREF(out);
    return result;
}

PyDoc_STRVAR(
    assemble_doc,
    "assemble(out, fields, rows, next_row, next_statement, first, step, has_last)\n--\n\n"
    "Write a batch of rows to the start of the bytearray `out`, or of a new one where that is too\n"
    "short; return it and the length of the text. native.py says what fields are.");

static PyObject *assemble(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *out, *tuples, *result = NULL;
    Py_ssize_t rows, read = 0;
    Held around[2] = {0};
    Ends ends = {0};
    if (!PyArg_ParseTuple(
            arguments, "O!O!ny*y*nnp", &PyByteArray_Type, &out, &PyTuple_Type, &tuples, &rows,
            &around[0].text, &around[1].text, &ends.first, &ends.step, &ends.has_last))
        return NULL;
    set_text(&ends.next_row, &around[0].text);
    set_text(&ends.next_statement, &around[1].text);
    Py_ssize_t count = PyTuple_Size(tuples);
    Field *fields = PyMem_Calloc((size_t)count + 1, sizeof(Field));
    Held *held = PyMem_Calloc((size_t)count + 1, sizeof(Held));
    if (!fields || !held)
        PyErr_NoMemory();
    else if (rows < 0 || (size_t)rows >= MOST_ROOM / 8)
        PyErr_SetString(PyExc_ValueError, "no such number of rows");
    else {
        size_t row = touched(&ends.next_row), size = 1;
        for (; read < count && size && row <= MOST_ROOM; read++) {
            row += size = read_field(PyTuple_GetItem(tuples, read), fields + read, held + read, rows);
            if (fields[read].skipped >= count - read)
                fields[read].skipped = (int)(count - read - 1);
        }
        size_t room = size ? room_of(row, rows, &ends) : 0;
        if (room)
            result = write_rows(out, fields, count, rows, &ends, room);
    }
    for (Py_ssize_t n = 0; n < read; n++)
        release(held + n);
    release(around);
    release(around + 1);
    PyMem_Free(fields);
    PyMem_Free(held);
    return result;
}

/* --- The module -------------------------------------------------------------------------------- */

static PyMethodDef functions[] = {
    {"assemble", assemble, METH_VARARGS, assemble_doc},
    {NULL, NULL, 0, NULL},
};

static int set_up(PyObject *module)
{
    fill_four_digits();
    return PyModule_AddIntConstant(module, "INTERFACE", INTERFACE);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)set_up}, {0, NULL}};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "shardgen.output.text._native",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&definition);
}
