# SPDX-License-Identifier: MIT
"""Tests on pictures made of real files: python3 test_image.py GILKIT MODULE

Every filter is computed a second time, in Python.
"""
import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import unittest

import picture

GILKIT, MODULE = sys.argv.pop(1), sys.argv.pop(1)


def gilkit(*args, expect=0):
    done = subprocess.run([GILKIT, "run", MODULE, *args], capture_output=True, text=True)
    assert done.returncode == expect, done.stderr
    return done.stderr if expect else done.stdout


def clamped(row, at):
    return row[min(max(at, 0), len(row) - 1)]


def bell(sigma):
    radius = math.ceil(3 * sigma)
    weights = [math.exp(-0.5 * i * i / sigma**2) for i in range(-radius, radius + 1)]
    return [weight / sum(weights) for weight in weights]


def blur_rows(rows, weights):
    reach = len(weights) // 2
    return [[sum(weight * clamped(row, x + i - reach) for i, weight in enumerate(weights)) for x in range(len(row))]
            for row in rows]


def blur(rows, sigma):
    weights = bell(sigma)
    columns = blur_rows(list(zip(*blur_rows(rows, weights))), weights)
    return [list(row) for row in zip(*columns)]


def slope(rows, y, x):
    at = lambda j, i: clamped(clamped(rows, y + j), x + i)
    dx = sum(k * (at(j, 1) - at(j, -1)) for j, k in ((-1, 1), (0, 2), (1, 1)))
    dy = sum(k * (at(1, i) - at(-1, i)) for i, k in ((-1, 1), (0, 2), (1, 1)))
    return dx, dy


class Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.h, cls.w, data = picture.read_picture(os.path.realpath("/bin/sh"), width=160)
        cls.h = min(cls.h, 120)
        data = data[: cls.h * cls.w]
        cls.rows = [data[y * cls.w : (y + 1) * cls.w] for y in range(cls.h)]
        cls.npy = cls.path("picture.npy")
        picture.write_npy(cls.npy, (cls.h, cls.w), data)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)

    def read_rows(self, name, descr, letter):
        shape, got, data = picture.read_npy(self.path(name))
        self.assertEqual((shape, got), ((self.h, self.w), descr))
        flat = struct.unpack(f"<{self.h * self.w}{letter}", data)
        return [flat[y * self.w : (y + 1) * self.w] for y in range(self.h)]

    def test_blur_is_the_weighted_mean(self):
        gilkit("blur", "@" + self.npy, "sigma=1.5", "--out", self.path("blurred.npy"))
        got, wanted = self.read_rows("blurred.npy", "|u1", "B"), blur(self.rows, 1.5)
        worst = max(abs(g - w) for gs, ws in zip(got, wanted) for g, w in zip(gs, ws))
        self.assertLessEqual(worst, 0.51)

    def test_sobel_gives_both_slopes(self):
        gilkit("sobel", "@" + self.npy, "--out", self.path("dx.npy"), "--out", self.path("dy.npy"))
        dx, dy = self.read_rows("dx.npy", "<i2", "h"), self.read_rows("dy.npy", "<i2", "h")
        for y in range(self.h):
            for x in range(self.w):
                self.assertEqual((dx[y][x], dy[y][x]), slope(self.rows, y, x))

    def test_edges_is_the_length_of_the_slope(self):
        gilkit("edges", "@" + self.npy, "--out", self.path("edges.npy"))
        edges = self.read_rows("edges.npy", "|u1", "B")
        for y in range(self.h):
            for x in range(self.w):
                self.assertEqual(edges[y][x], min(255, int(math.hypot(*slope(self.rows, y, x)))))

    def test_stretch_changes_its_argument_but_not_the_file(self):
        dull = self.path("dull.npy")
        picture.write_npy(dull, (2, 3), bytes([100, 110, 120, 130, 140, 151]))
        gilkit("stretch", "@" + dull, "--out", self.path("bright.npy"))
        self.assertEqual(picture.read_npy(self.path("bright.npy"))[2], bytes([0, 50, 100, 150, 200, 255]))
        self.assertEqual(picture.read_npy(dull)[2], bytes([100, 110, 120, 130, 140, 151]))

    def test_empty_pictures_stay_empty(self):
        for shape in ((0, 5), (5, 0), (0, 0)):
            picture.write_npy(self.path("empty.npy"), shape, b"")
            for call in (("blur", "sigma=2"), ("edges",), ("sobel",), ("stretch",)):
                gilkit(call[0], "@" + self.path("empty.npy"), *call[1:], "--out", self.path("none.npy"))
                self.assertEqual(picture.read_npy(self.path("none.npy"))[0], shape)

    def test_one_pixel_has_no_edges(self):
        self.assertEqual(json.loads(gilkit("blur", "[[77]]", "3", "--json"))["result"], [[77]])
        self.assertEqual(json.loads(gilkit("sobel", "[[77]]", "--json"))["result"], [[[0]], [[0]]])

    def test_bad_input_is_refused(self):
        for sigma in ("0", "-1", "51", "NaN", "Infinity"):
            self.assertIn("it must be above 0 and at most 50", gilkit("blur", "@" + self.npy, sigma, expect=1))
        self.assertIn("has 1 dimension, wanted 2", gilkit("edges", "@/bin/sh", expect=1))


unittest.main()
