/**
 * The number that a frame of the clips in media/ shows: 16 stripes in the top sixth of the picture, white for one and black
 * for nought, the lowest bit on the left. It says which frame a picture is, whoever decoded it.
 */
export const shownNumber = ({ width, height, data }) => {
  const y = Math.floor(height / 12);
  let number = 0;
  for (let bit = 0; bit < 16; bit++) {
    const x = Math.floor(((bit + 0.5) * width) / 16);
    const green = data[(y * width + x) * 3 + 1];
    if (green > 127) number |= 1 << bit;
  }
  return number;
};
