/**
 * Test pictures that carry their own number. The top sixth of every frame shows the number as 16 vertical
 * stripes, least significant bit on the left, white (luma 235) for one and black (luma 16) for nought, without
 * colour; this survives every lossy codec at usual qualities, so that a test reads from the pixels alone which
 * frame it was given. Below lies moving, detailed content, so that prediction between frames matters.
 */

/** An 8-bit RGB picture without padding between its rows. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const STRIPES = 16;
const WHITE = 235;
const BLACK = 16;
const TEXTURE_SIDE = 256;

const texture = makeTexture();

/** Rows of the picture that show the number. */
export function codeRows(height: number): number {
  return Math.max(1, Math.floor(height / 6));
}

/**
 * Draws frame `number` as tightly packed yuv420p. Drawn twice, it is the same to the byte.
 * Interlaced: odd rows show the content half a frame later, while the number stands still in both fields.
 */
export function drawFrame(number: number, width: number, height: number, interlaced = false): Buffer {
  const chromaWidth = (width + 1) >> 1;
  const chromaHeight = (height + 1) >> 1;
  const picture = Buffer.alloc(width * height + 2 * chromaWidth * chromaHeight);
  const strip = codeRows(height);
  drawCode(picture, number, width, strip);
  for (let y = strip; y < height; y++) {
    drawLumaRow(picture, y * width, y, width, height, interlaced ? 2 * number + (y & 1) : number);
  }
  const blue = width * height;
  const red = blue + chromaWidth * chromaHeight;
  picture.fill(128, blue);
  // A chroma sample belongs to the strip when any luma row that it covers does.
  for (let y = (strip + 1) >> 1; y < chromaHeight; y++) {
    const time = interlaced ? 2 * number + (y & 1) : number;
    for (let x = 0; x < chromaWidth; x++) {
      picture[blue + y * chromaWidth + x] = 88 + triangle(x + y + 3 * time, 80);
      picture[red + y * chromaWidth + x] = 88 + triangle(2 * x - y + 5 * time, 80);
    }
  }
  return picture;
}

/**
 * Reads the number back, or answers null when any stripe is neither clearly black nor clearly white.
 * `rotation` says by how many degrees clockwise the picture was turned after it was drawn.
 */
export function readBlockCode(image: RgbImage, rotation = 0): number | null {
  const turned = (((rotation % 360) + 360) % 360) as 0 | 90 | 180 | 270;
  const sideways = turned === 90 || turned === 270;
  const width = sideways ? image.height : image.width;
  const height = sideways ? image.width : image.height;
  if (width < 4 * STRIPES || codeRows(height) < 3) return null;
  const top = Math.floor(codeRows(height) * 0.25);
  const bottom = Math.max(top + 1, Math.ceil(codeRows(height) * 0.7));
  let number = 0;
  for (let stripe = 0; stripe < STRIPES; stripe++) {
    const left = Math.floor(((stripe + 0.3) * width) / STRIPES);
    const right = Math.max(left + 1, Math.ceil(((stripe + 0.7) * width) / STRIPES));
    let white = 0;
    let black = 0;
    let all = 0;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const value = brightness(image, x, y, turned);
        if (value > 176) white++;
        else if (value < 80) black++;
        all++;
      }
    }
    if (white >= 0.85 * all) number |= 1 << stripe;
    else if (black < 0.85 * all) return null;
  }
  return number;
}

/** Brightness of the pixel that stood at (x, y) before the picture was turned clockwise. */
function brightness(image: RgbImage, x: number, y: number, turned: 0 | 90 | 180 | 270): number {
  const { width, height, data } = image;
  let column = x;
  let row = y;
  if (turned === 90) [column, row] = [width - 1 - y, x];
  else if (turned === 180) [column, row] = [width - 1 - x, height - 1 - y];
  else if (turned === 270) [column, row] = [y, height - 1 - x];
  const at = 3 * (row * width + column);
  return ((data[at] ?? 0) + 2 * (data[at + 1] ?? 0) + (data[at + 2] ?? 0)) / 4;
}

function drawCode(picture: Buffer, number: number, width: number, rows: number): void {
  for (let x = 0; x < width; x++) {
    const bit = (number >> Math.floor((x * STRIPES) / width)) & 1;
    picture[x] = bit === 1 ? WHITE : BLACK;
  }
  for (let y = 1; y < rows; y++) picture.copyWithin(y * width, 0, width);
}

function drawLumaRow(
  picture: Buffer,
  offset: number,
  y: number,
  width: number,
  height: number,
  time: number,
): void {
  const textureRow = ((y + time) & (TEXTURE_SIDE - 1)) * TEXTURE_SIDE;
  for (let x = 0; x < width; x++) {
    const slope = triangle(x + 2 * y + 3 * time, 140);
    picture[offset + x] = 40 + slope + (texture[textureRow + ((x + 2 * time) & (TEXTURE_SIDE - 1))] ?? 0);
  }
  // One box travels against the background and one stands still and blinks.
  const side = Math.max(4, height >> 2);
  const boxTop = Math.floor(height / 3) + triangle(2 * time, Math.max(1, height >> 2));
  if (y >= boxTop && y < boxTop + side) {
    const left = width - side - triangle(5 * time, Math.max(1, width - side));
    for (let x = 0; x < side; x++)
      picture[offset + left + x] = ((x >> 2) + ((y - boxTop) >> 2)) & 1 ? 200 : 50;
  }
  if (y >= height - side / 2 && (time & 4) === 0) picture.fill(220, offset, offset + side);
}

/** Goes up from 0 to `top` and down again as `at` grows. */
function triangle(at: number, top: number): number {
  const place = ((at % (2 * top)) + 2 * top) % (2 * top);
  return place < top ? place : 2 * top - place;
}

function makeTexture(): Uint8Array {
  const noise = new Uint8Array(TEXTURE_SIDE * TEXTURE_SIDE);
  let state = 0x2545f491;
  for (let at = 0; at < noise.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    noise[at] = state >>> 27;
  }
  return noise;
}
