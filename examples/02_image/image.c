/* SPDX-License-Identifier: MIT
 *
 * Filters for grey pictures: one byte a pixel, rows from top to bottom.
 *
 * `const uint8_t img[h][w]` is a picture that is read; C indexes it as img[y][x]. Its height and width are the
 * array's own, so nobody asks the caller for them. Behind the last row and column the edge goes on.
 */
#include <gilkit/module.h>
#include <math.h>
#include <stdlib.h>

GIL_MODULE(image, .doc = "Filters for grey pictures.");

enum { MAX_SIGMA = 50, MAX_RADIUS = 3 * MAX_SIGMA };

/* The pixel at `at`, or the nearest that there is. */
static size_t within(ptrdiff_t at, size_t length)
{
    return at < 0 ? 0 : (size_t)at >= length ? length - 1 : (size_t)at;
}

/* Called before each row: shows progress, and says whether to go on. */
static bool go_on(gil_task *task, size_t done, size_t total)
{
    gil_progress(task, done, total);
    return !gil_stopped(task);
}

/* ---- Blur ---------------------------------------------------------------------------------------------- */

typedef struct bell {
    int radius;
    float weights[2 * MAX_RADIUS + 1]; /* they add up to 1 */
} bell;

static void make_bell(bell *b, double sigma)
{
    double sum = 0.0;
    b->radius = (int)ceil(3.0 * sigma);
    for (int i = -b->radius; i <= b->radius; i++)
        sum += exp(-0.5 * i * i / (sigma * sigma));
    for (int i = -b->radius; i <= b->radius; i++)
        b->weights[i + b->radius] = (float)(exp(-0.5 * i * i / (sigma * sigma)) / sum);
}

/* One row, each pixel the weighted mean of its neighbours left and right. */
static void blur_row(const bell *b, size_t w, const uint8_t row[w], float out[w])
{
    for (size_t x = 0; x < w; x++) {
        float sum = 0.0f;
        for (int i = -b->radius; i <= b->radius; i++)
            sum += b->weights[i + b->radius] * row[within((ptrdiff_t)x + i, w)];
        out[x] = sum;
    }
}

/* The same up and down, over rows that are blurred already. Row by row, because that is how they lie in memory. */
static void blur_column(const bell *b, size_t h, size_t w, const float rows[h][w], size_t y, float sums[w],
                        uint8_t out[w])
{
    for (size_t x = 0; x < w; x++)
        sums[x] = 0.5f; /* rounds */
    for (int i = -b->radius; i <= b->radius; i++) {
        const float *row = rows[within((ptrdiff_t)y + i, h)];
        for (size_t x = 0; x < w; x++)
            sums[x] += b->weights[i + b->radius] * row[x];
    }
    for (size_t x = 0; x < w; x++)
        out[x] = sums[x] < 255.0f ? (uint8_t)sums[x] : 255;
}

GIL_FUNCTION(void, blur,
             (gil_task * task, size_t h, size_t w, const uint8_t img[h][w], double sigma, GIL_OUT uint8_t out[h][w]),
             .doc = "Gaussian blur; sigma counts pixels.")
{
    if (!(sigma > 0.0 && sigma <= MAX_SIGMA)) { /* NaN too */
        gil_fail(task, GIL_VALUE_ERROR, "sigma is %g; it must be above 0 and at most %d", sigma, MAX_SIGMA);
        return;
    }
    if (h == 0 || w == 0)
        return;
    bell b;
    make_bell(&b, sigma);
    float(*rows)[w] = calloc(h + 1, sizeof *rows); /* the last one is room for sums */
    if (!rows) {
        gil_fail(task, GIL_MEMORY_ERROR, "no memory for %zu x %zu numbers", h, w);
        return;
    }
    for (size_t y = 0; y < h && go_on(task, y, 2 * h); y++)
        blur_row(&b, w, img[y], rows[y]);
    for (size_t y = 0; y < h && go_on(task, h + y, 2 * h); y++)
        blur_column(&b, h, w, rows, y, rows[h], out[y]);
    free(rows);
}

/* ---- Edges --------------------------------------------------------------------------------------------- */

typedef struct slope {
    int dx, dy;
} slope;

/* Sobel: how steep the picture is here. `up`, `here` and `down` are three rows. */
static slope slope_at(const uint8_t *up, const uint8_t *here, const uint8_t *down, size_t x, size_t w)
{
    size_t l = within((ptrdiff_t)x - 1, w), r = within((ptrdiff_t)x + 1, w);
    return (slope){.dx = up[r] - up[l] + 2 * (here[r] - here[l]) + down[r] - down[l],
                   .dy = down[l] - up[l] + 2 * (down[x] - up[x]) + down[r] - up[r]};
}

/* Two results come back as a tuple. */
GIL_FUNCTION(void, sobel,
             (gil_task * task, size_t h, size_t w, const uint8_t img[h][w], GIL_OUT int16_t dx[h][w],
              GIL_OUT int16_t dy[h][w]),
             .doc = "How much brighter it gets to the right and downwards: Sobel's operator, -1020 to 1020.")
{
    for (size_t y = 0; y < h && go_on(task, y, h); y++)
        for (size_t x = 0; x < w; x++) {
            slope s = slope_at(img[y ? y - 1 : 0], img[y], img[y + 1 < h ? y + 1 : y], x, w);
            dx[y][x] = (int16_t)s.dx;
            dy[y][x] = (int16_t)s.dy;
        }
}

GIL_FUNCTION(void, edges, (gil_task * task, size_t h, size_t w, const uint8_t img[h][w], GIL_OUT uint8_t out[h][w]),
             .doc = "Bright where the picture changes: the length of Sobel's slope, cut at 255.")
{
    for (size_t y = 0; y < h && go_on(task, y, h); y++)
        for (size_t x = 0; x < w; x++) {
            slope s = slope_at(img[y ? y - 1 : 0], img[y], img[y + 1 < h ? y + 1 : y], x, w);
            float length = sqrtf((float)(s.dx * s.dx + s.dy * s.dy));
            out[y][x] = length < 255.0f ? (uint8_t)length : 255;
        }
}

/* ---- Contrast ------------------------------------------------------------------------------------------- */

/* No const: the caller's picture is changed. */
GIL_FUNCTION(void, stretch, (size_t h, size_t w, uint8_t img[h][w]),
             .doc = "Spread the grey values of a picture from 0 to 255, in place.")
{
    uint8_t low = 255, high = 0;
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++) {
            low = img[y][x] < low ? img[y][x] : low;
            high = img[y][x] > high ? img[y][x] : high;
        }
    for (size_t y = 0; y < h && high > low; y++)
        for (size_t x = 0; x < w; x++)
            img[y][x] = (uint8_t)((img[y][x] - low) * 255 / (high - low));
}
