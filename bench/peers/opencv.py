"""Grabs every frame, retrieves and writes the wanted ones: OpenCV's way to exact frames.

usage: opencv.py VIDEO NUMBERS OUT   (NUMBERS: a file with one frame number a line)
"""

import sys

import cv2

video, numbers, out = sys.argv[1:4]
with open(numbers) as lines:
    wanted = {int(line) for line in lines}
left = len(wanted)
capture = cv2.VideoCapture(video)
number = 0
while left > 0 and capture.grab():
    if number in wanted:
        found, picture = capture.retrieve()
        if found:
            cv2.imwrite(f"{out}/{number:06d}.jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
        left -= 1
    number += 1
