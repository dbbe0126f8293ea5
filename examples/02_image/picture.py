# SPDX-License-Identifier: MIT
"""Pictures to .npy and back, with Python's standard library only.

    python3 picture.py FILE PICTURE.npy [WIDTH]    a PNG, PGM or PPM becomes grey values; of any other file the
                                                   bytes are taken as grey values, WIDTH (256) a row
    python3 picture.py PICTURE.npy PICTURE.pgm     for looking at it
"""
import ast
import struct
import sys
import zlib


def grey(pixel):
    """One byte of 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha)."""
    return pixel[0] if len(pixel) < 3 else (299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2]) // 1000


def from_pnm(data):
    """P5 and P6 with one byte a value."""
    words, at = [], 0
    while len(words) < 4:
        while data[at : at + 1].isspace() or data[at : at + 1] == b"#":
            at = data.index(b"\n", at) if data[at : at + 1] == b"#" else at + 1
        start = at
        while not data[at : at + 1].isspace():
            at += 1
        words.append(data[start:at])
    width, height, most = map(int, words[1:])
    parts = 3 if words[0] == b"P6" else 1
    if most > 255:
        raise SystemExit("a PGM with more than 255 grey values; convert it first")
    body = data[at + 1 : at + 1 + width * height * parts]
    return height, width, bytes(grey(body[i : i + parts]) for i in range(0, len(body), parts))


def paeth(a, b, c):
    return min((a, b, c), key=lambda x: abs(a + b - c - x))


def from_png(data):
    """Eight bits, not interlaced."""
    header, idat, palette, at = None, b"", None, 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        header = struct.unpack(">IIBBBBB", body) if kind == b"IHDR" else header
        palette = body if kind == b"PLTE" else palette
        idat += body if kind == b"IDAT" else b""
        at += length + 12
    width, height, depth, colour, _, _, interlaced = header
    if depth != 8 or interlaced:
        raise SystemExit(f"a PNG of {depth} bits{', interlaced' if interlaced else ''}; convert it first")
    parts = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    raw, above, pixels = zlib.decompress(idat), bytes(width * parts), bytearray()
    for y in range(height):
        start = y * (width * parts + 1)
        row = bytearray(raw[start + 1 : start + 1 + width * parts])
        for i in range(len(row)):
            left, corner = (row[i - parts], above[i - parts]) if i >= parts else (0, 0)
            guess = (0, left, above[i], (left + above[i]) // 2, paeth(left, above[i], corner))[raw[start]]
            row[i] = (row[i] + guess) & 255
        for i in range(0, len(row), parts):
            pixel = palette[3 * row[i] : 3 * row[i] + 3] if colour == 3 else row[i : i + parts]
            pixels.append(grey(pixel))
        above = row
    return height, width, bytes(pixels)


def read_picture(path, width=256):
    """(height, width, grey values) of a file."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] in (b"P5", b"P6") and data[2:3].isspace():
        return from_pnm(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return from_png(data)
    height = len(data) // width
    return height, width, data[: height * width]


def write_npy(path, shape, data, descr="|u1"):
    header = repr({"descr": descr, "fortran_order": False, "shape": tuple(shape)})
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data)


def read_npy(path):
    """(shape, type, bytes)"""
    with open(path, "rb") as file:
        data = file.read()
    end = 10 + struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:end].decode())
    return header["shape"], header["descr"], data[end:]


def main(source, target, width="256"):
    if target.endswith(".pgm"):
        shape, descr, data = read_npy(source)
        if descr != "|u1" or len(shape) != 2:
            raise SystemExit(f"{source} has {descr} in {len(shape)} dimensions; a picture has bytes in 2")
        with open(target, "wb") as file:
            file.write(b"P5 %d %d 255\n" % (shape[1], shape[0]) + data)
    else:
        height, width, data = read_picture(source, int(width))
        write_npy(target, (height, width), data)
        print(f"{target}: {width} x {height}")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
