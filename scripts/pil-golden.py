# Makes test/golden/pil.json anew: what PIL (Pillow) makes of small pictures, for test/augment/pil.test.ts.
#   /usr/bin/python3 scripts/pil-golden.py && npx biome check --write test/golden/pil.json
# Debian 12: apt-get install python3-pil python3-numpy (Pillow 9.4.0)
# Colour changes are written as torchvision's _functional_pil.py has them, which is a thin layer over PIL.
import base64
import json
import pathlib
import zlib

import numpy as np
import PIL
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

rng = np.random.RandomState(20)


def waves(width, height):
    y, x = np.mgrid[0:height, 0:width]
    channels = [128 + 120 * np.sin(x / 3 + y / 5), 128 + 120 * np.cos(x / 7 - y / 2), (x * 11 + y * 7) % 256]
    return np.stack(channels, axis=2).astype(np.uint8)


def noise(width, height):
    return rng.randint(0, 256, (height, width, 3)).astype(np.uint8)


PICTURES = {
    "waves": waves(31, 22),
    "noise": noise(16, 16),
    "stripe": noise(40, 2),
    "pixel": np.array([[[200, 30, 90]]], np.uint8),
}
# 64 levels a channel: all of these colours by their checksum only.
levels = np.arange(64) * 255 // 63
COLOURS = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=3).reshape(512, 512, 3).astype(np.uint8)


def hue(image, factor):
    h, s, v = image.convert("HSV").split()
    turned = (np.array(h, np.uint8).astype(np.int64) + int(factor * 255)) % 256
    return Image.merge("HSV", (Image.fromarray(turned.astype(np.uint8), "L"), s, v)).convert("RGB")


def gray(image, _):
    return image.convert("L").convert("RGB")


CHANGES = {
    "brightness": (lambda i, f: ImageEnhance.Brightness(i).enhance(f), [0, 0.2, 0.55, 1, 1.3, 1.8, 3]),
    "contrast": (lambda i, f: ImageEnhance.Contrast(i).enhance(f), [0, 0.2, 0.55, 1, 1.3, 1.8, 3]),
    "saturation": (lambda i, f: ImageEnhance.Color(i).enhance(f), [0, 0.2, 0.55, 1, 1.3, 1.8, 3]),
    "hue": (hue, [-0.5, -0.2, -0.05, 0, 0.013, 0.1, 0.2, 0.37, 0.5]),
    "grayscale": (gray, [0]),
    "solarize": (lambda i, t: ImageOps.solarize(i, t), [0, 1, 100, 128, 255, 256]),
    "blur": (
        lambda i, s: i.filter(ImageFilter.GaussianBlur(radius=s)),
        [0, 0.1, 0.2, 0.45, 0.7, 1, 1.37, 2, 3.3, 8, 30],
    ),
    "rotate": (lambda i, a: i.rotate(a), [0, 90, 180, 270, -90, 450, 30, 45, -17.5, 1, 133.7]),
}
BOXES = {
    "waves": [
        ([0, 0, 31, 22], [8, 8]),
        ([0, 0, 31, 22], [31, 22]),
        ([0, 0, 31, 22], [40, 30]),
        ([3, 5, 20, 13], [16, 16]),
        ([30, 2, 1, 19], [6, 6]),
        ([7, 4, 16, 9], [16, 3]),
        ([7, 4, 16, 9], [5, 9]),
        ([0, 0, 31, 22], [1, 1]),
    ],
    "noise": [([0, 0, 16, 16], [10, 10]), ([2, 1, 13, 11], [7, 7]), ([5, 5, 4, 4], [16, 16])],
    "stripe": [([0, 0, 40, 2], [9, 9]), ([1, 0, 38, 2], [3, 1])],
    "pixel": [([0, 0, 1, 1], [4, 4])],
}


def encoded(image):
    return base64.b64encode(np.asarray(image).tobytes()).decode()


cases = []
colours = []
for operation, (change, amounts) in CHANGES.items():
    for amount in amounts:
        for name, picture in PICTURES.items():
            if operation in ("brightness", "contrast", "saturation", "hue", "grayscale", "solarize") and name != "stripe":
                continue
            if (operation == "rotate" and name == "stripe") or (operation == "blur" and name == "noise"):
                continue
            changed = change(Image.fromarray(picture), amount)
            cases.append({"operation": operation, "picture": name, "amount": amount, "pixels": encoded(changed)})
        if operation not in ("blur", "rotate"):
            changed = change(Image.fromarray(COLOURS), amount)
            colours.append({"operation": operation, "amount": amount, "crc32": zlib.crc32(np.asarray(changed).tobytes())})

resized = [
    {
        "picture": name,
        "box": box,
        "size": size,
        "pixels": encoded(
            Image.fromarray(PICTURES[name])
            .crop((box[0], box[1], box[0] + box[2], box[1] + box[3]))
            .resize(tuple(size), Image.BILINEAR)
        ),
    }
    for name, boxes in BOXES.items()
    for box, size in boxes
]

pictures = {
    name: {"width": p.shape[1], "height": p.shape[0], "pixels": encoded(p)} for name, p in PICTURES.items()
}
document = {
    "pillow": PIL.__version__,
    "pictures": pictures,
    "resized": resized,
    "changed": cases,
    "colours": colours,
}
path = pathlib.Path(__file__).parent.parent / "test" / "golden" / "pil.json"
path.write_text(json.dumps(document))
