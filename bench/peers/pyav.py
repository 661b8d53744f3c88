"""Decodes in order with all threads, converts and writes the wanted frames only.

usage: pyav.py VIDEO NUMBERS OUT   (NUMBERS: a file with one frame number a line)
"""

import sys

import av
import av.logging
import cv2

# PyAV's own log callback needs the interpreter's lock, and decoder threads that wait for it can hang the end.
av.logging.restore_default_callback()

video, numbers, out = sys.argv[1:4]
with open(numbers) as lines:
    wanted = {int(line) for line in lines}
left = len(wanted)
with av.open(video) as container:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    for number, frame in enumerate(container.decode(stream)):
        if number not in wanted:
            continue
        picture = frame.to_ndarray(format="bgr24")
        cv2.imwrite(f"{out}/{number:06d}.jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
        left -= 1
        if left == 0:
            break
