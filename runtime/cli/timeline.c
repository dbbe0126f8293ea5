/* SPDX-License-Identifier: MIT */
#include "cli/timeline.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum { MAX_EVENTS = 200000 };

typedef struct moment {
    uint64_t at_ns;
    gil_event event;
} moment;

/* One thread's moments; written by that thread alone. */
typedef struct lane {
    moment *moments;
    size_t count;
    size_t room;
} lane;

struct gil__timeline {
    unsigned n_lanes;
    lane *lanes;
};

static void note(void *context, uint32_t thread, gil_event event, uint64_t now_ns)
{
    gil__timeline *timeline = context;
    if (thread >= timeline->n_lanes)
        return;
    lane *l = &timeline->lanes[thread];
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 256;
        moment *grown = room <= MAX_EVENTS ? gil__realloc(l->moments, room, sizeof *grown) : NULL;
        if (!grown)
            return;
        l->moments = grown;
        l->room = room;
    }
    l->moments[l->count++] = (moment){now_ns, event};
}

gil__timeline *gil__timeline_new(gil_runtime *runtime, unsigned max_threads)
{
    gil__timeline *timeline = gil__alloc(1, sizeof *timeline);
    if (!timeline)
        return NULL;
    timeline->n_lanes = max_threads;
    timeline->lanes = gil__alloc(max_threads, sizeof *timeline->lanes);
    if (!timeline->lanes) {
        gil__free(timeline);
        return NULL;
    }
    gil_runtime_watch(runtime, note, timeline);
    return timeline;
}

void gil__timeline_free(gil__timeline *timeline)
{
    if (!timeline)
        return;
    for (unsigned i = 0; i < timeline->n_lanes; i++)
        gil__free(timeline->lanes[i].moments);
    gil__free(timeline->lanes);
    gil__free(timeline);
}

/* ---- The picture --------------------------------------------------------------------------------------------- */

enum { LEFT = 90, WIDTH = 860, TOP = 64, LANE = 34, BAR = 24 };

typedef struct picture {
    FILE *file;
    uint64_t from, to;
} picture;

static const struct {
    const char *color, *text;
} looks[] = {
    [GIL_EVENT_WAITING] = {"#d9822b", "waits for the GIL"},
    [GIL_EVENT_ACQUIRED] = {"#2c6fbb", "holds the GIL"},
    [GIL_EVENT_RELEASED] = {"#3a9b5c", "runs without the GIL"},
};

static double place(const picture *p, uint64_t at)
{
    if (at < p->from)
        at = p->from;
    if (at > p->to)
        at = p->to;
    return LEFT + (double)WIDTH * (double)(at - p->from) / (double)(p->to - p->from);
}

static void draw_bar(const picture *p, double x, double width, double y, gil_event event)
{
    fprintf(p->file, "<rect x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%d\" fill=\"%s\"/>\n", x, y, width, BAR,
            looks[event].color);
}

/* One thread. Holding is drawn at least half a pixel wide, over what runs without the GIL, because it is what one
 * looks for; waits too short to see and bars that would fall on the same half pixel are left out. */
static void draw_lane(const picture *p, const lane *l, double y)
{
    for (int pass = 0; pass < 2; pass++) {
        double drawn_to = 0;
        for (size_t i = 0; i < l->count; i++) {
            gil_event event = l->moments[i].event;
            bool released = event == GIL_EVENT_RELEASED;
            uint64_t end = i + 1 < l->count ? l->moments[i + 1].at_ns : l->moments[i].at_ns;
            double x = place(p, l->moments[i].at_ns), width = place(p, end) - x;
            if (released != (pass == 0) || end <= p->from || l->moments[i].at_ns >= p->to)
                continue;
            if (event == GIL_EVENT_WAITING && width < 0.25)
                continue;
            if (!released && width < 0.5)
                width = 0.5;
            if (x + width - drawn_to < 0.25)
                continue;
            draw_bar(p, x, width, y, event);
            drawn_to = x + width;
        }
    }
}

/* 1, 2 or 5 times a power of ten, so that there are four to ten of them. */
static double tick_step(double span)
{
    double step = 1e-6;
    static const double next[] = {2, 2.5, 2};
    for (int i = 0; span / step > 10; i++)
        step *= next[i % 3];
    return step;
}

static void draw_axis(const picture *p, double y)
{
    double span = (double)(p->to - p->from) / 1e6;
    double step = tick_step(span);
    for (double at = 0; at <= span * 1.0001; at += step) {
        double x = LEFT + WIDTH * at / span;
        fprintf(p->file,
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.0f\" stroke=\"#ccc\"/>\n"
                "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%g ms</text>\n",
                x, TOP - 6, x, y, x, y + 16, at);
    }
}

static void draw_legend(const picture *p)
{
    double x = LEFT;
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        size_t event = (i + 1) % 3; /* holds, runs without, waits */
        fprintf(p->file,
                "<rect x=\"%.0f\" y=\"36\" width=\"14\" height=\"14\" fill=\"%s\"/>\n"
                "<text x=\"%.0f\" y=\"48\">%s</text>\n",
                x, looks[event].color, x + 20, looks[event].text);
        x += 180;
    }
}

/* XML has no control characters, and must be UTF-8: what is neither becomes '?'. */
static void write_escaped(FILE *file, const char *text)
{
    size_t length = strlen(text), good = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (i >= good) {
            size_t bad;
            good = gil__utf8_valid(text + i, length - i, &bad) ? length : i + bad;
        }
        if (c == '<' || c == '>' || c == '&')
            fprintf(file, "&#%d;", c);
        else
            fputc(c < 0x20 || c == 0x7f || i >= good ? '?' : c, file);
    }
}

/* Threads that did something in the span. */
static bool is_shown(const gil__timeline *timeline, unsigned i, uint64_t from)
{
    const lane *l = &timeline->lanes[i];
    return l->count && l->moments[l->count - 1].at_ns > from;
}

bool gil__timeline_save(const gil__timeline *timeline, uint64_t from_ns, uint64_t to_ns, const char *title,
                        const char *path)
{
    picture p = {fopen(path, "we"), from_ns, to_ns > from_ns ? to_ns : from_ns + 1};
    if (!p.file)
        return false;
    unsigned shown = 0;
    for (unsigned i = 0; i < timeline->n_lanes; i++)
        shown += is_shown(timeline, i, from_ns);
    double bottom = TOP + (double)LANE * shown;
    fprintf(p.file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
            "font-family=\"sans-serif\" font-size=\"12\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
            "<text x=\"%d\" y=\"22\" font-size=\"15\">",
            LEFT + WIDTH + 40, bottom + 30, LEFT);
    write_escaped(p.file, title);
    fputs("</text>\n", p.file);
    draw_legend(&p);
    draw_axis(&p, bottom);
    unsigned row = 0;
    for (unsigned i = 0; i < timeline->n_lanes; i++) {
        if (!is_shown(timeline, i, from_ns))
            continue;
        double y = TOP + (double)LANE * row;
        fprintf(p.file, "<text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">thread %u</text>\n", LEFT - 10, y + 16, row);
        draw_lane(&p, &timeline->lanes[i], y);
        row++;
    }
    fputs("</svg>\n", p.file);
    bool fine = !ferror(p.file);
    return (fclose(p.file) == 0) & fine;
}
