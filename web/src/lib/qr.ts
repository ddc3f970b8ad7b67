/** QR codes (ISO/IEC 18004) for addresses a phone or a tablet is to open: bytes, error correction M, up to
    213 of them (versions 1 to 10). Drawn here, so that no code or secret is ever sent anywhere to be drawn. */

const ECC_PER_BLOCK = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26];
const BLOCKS = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5];
const HIGHEST = 10;

/** Rows of dark (true) and light squares, without the quiet border. Throws for more text than fits. */
export function qr(text: string): boolean[][] {
  const bytes = [...new TextEncoder().encode(text)];
  const version = versionFor(bytes.length);
  const words = interleaved(packed(bytes, version), version);
  const drawn = [0, 1, 2, 3, 4, 5, 6, 7].map((mask) => new Sheet(version).draw(words, mask));
  return drawn.reduce((best, next) => (penalty(next) < penalty(best) ? next : best));
}

function versionFor(length: number): number {
  for (let version = 1; version <= HIGHEST; version++) {
    if (length + (version < 10 ? 2 : 3) <= dataWords(version)) return version;
  }
  throw new Error(`${length} bytes are too many for a code`);
}

function allWords(version: number): number {
  const patterns = version < 2 ? 0 : alignment(version).length;
  const aligned = version < 2 ? 0 : (25 * patterns - 10) * patterns - 55;
  return Math.floor(((16 * version + 128) * version + 64 - aligned - (version < 7 ? 0 : 36)) / 8);
}

function dataWords(version: number): number {
  return allWords(version) - at(ECC_PER_BLOCK, version) * at(BLOCKS, version);
}

/** Mode, length, the bytes, an end mark, and the padding the standard asks for. */
function packed(bytes: number[], version: number): number[] {
  const bits = [...binary(4, 4), ...binary(bytes.length, version < 10 ? 8 : 16), ...bytes.flatMap((byte) => binary(byte, 8))];
  const room = dataWords(version) * 8;
  bits.push(...binary(0, Math.min(4, room - bits.length)));
  bits.push(...binary(0, (8 - (bits.length % 8)) % 8));
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) bits.push(...binary(pad, 8));
  return Array.from({ length: bits.length / 8 }, (_, word) => bits.slice(word * 8, word * 8 + 8).reduce((sum, bit) => sum * 2 + bit, 0));
}

function binary(value: number, digits: number): number[] {
  return Array.from({ length: digits }, (_, place) => (value >>> (digits - 1 - place)) & 1);
}

/** Blocks with their check words, one word of each in turn. The first blocks may be one word shorter. */
function interleaved(data: number[], version: number): number[] {
  const [count, checks] = [at(BLOCKS, version), at(ECC_PER_BLOCK, version)];
  const short = Math.floor(data.length / count);
  const shorter = count - (data.length % count);
  const divisor = generator(checks);
  let from = 0;
  const blocks = Array.from({ length: count }, (_, block) => data.slice(from, (from += short + (block < shorter ? 0 : 1))));
  const remainders = blocks.map((block) => remainder(block, divisor));
  const turns = (parts: number[][], length: number): number[] =>
    Array.from({ length }, (_, place) => parts.flatMap((part) => (place < part.length ? [at(part, place)] : []))).flat();
  return [...turns(blocks, short + 1), ...turns(remainders, checks)];
}

/** Reed-Solomon over GF(256) with the polynomial 0x11D. */
function generator(degree: number): number[] {
  const made = Array.from({ length: degree }, (_, place): number => (place === degree - 1 ? 1 : 0));
  let root = 1;
  for (let step = 0; step < degree; step++) {
    for (let place = 0; place < degree; place++) made[place] = times(at(made, place), root) ^ (made[place + 1] ?? 0);
    root = times(root, 2);
  }
  return made;
}

function remainder(words: number[], divisor: number[]): number[] {
  const left = divisor.map(() => 0);
  for (const word of words) {
    const factor = word ^ (left.shift() ?? 0);
    left.push(0);
    divisor.forEach((part, place) => (left[place] = at(left, place) ^ times(part, factor)));
  }
  return left;
}

function times(one: number, other: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) product = (product << 1) ^ ((product >>> 7) * 0x11d) ^ (((other >>> bit) & 1) * one);
  return product;
}

function alignment(version: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, place) => version * 4 + 10 - step * (count - 2 - place))];
}

const MASKS: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** One code being drawn: what belongs to its frame is fixed, the rest holds the words. */
class Sheet {
  readonly size: number;
  readonly dark: boolean[][];
  readonly fixed: boolean[][];

  constructor(readonly version: number) {
    this.size = version * 4 + 17;
    this.dark = Array.from({ length: this.size }, () => Array<boolean>(this.size).fill(false));
    this.fixed = this.dark.map((row) => [...row]);
  }

  draw(words: number[], mask: number): boolean[][] {
    this.frame(mask);
    this.fill(words);
    const flip = MASKS[mask] ?? (() => false);
    return this.dark.map((row, y) => row.map((dark, x) => dark !== (!this.fixed[y]?.[x] && flip(x, y))));
  }

  private set(x: number, y: number, dark: boolean): void {
    const [row, fixed] = [this.dark[y], this.fixed[y]];
    if (row === undefined || fixed === undefined || x < 0 || x >= this.size) return;
    row[x] = dark;
    fixed[x] = true;
  }

  private frame(mask: number): void {
    for (let place = 0; place < this.size; place++) {
      this.set(6, place, place % 2 === 0);
      this.set(place, 6, place % 2 === 0);
    }
    for (const [x, y] of [[3, 3], [this.size - 4, 3], [3, this.size - 4]] as const) this.square(x, y, 4, [0, 1, 3]);
    const middles = alignment(this.version);
    const last = middles.length - 1;
    for (const [row, y] of middles.entries()) {
      for (const [column, x] of middles.entries()) {
        const corner = (row === 0 && (column === 0 || column === last)) || (row === last && column === 0);
        if (!corner) this.square(x, y, 2, [0, 2]);
      }
    }
    this.format(mask);
    if (this.version >= 7) this.number();
  }

  /** Rings around a middle; those of the named distances are dark. */
  private square(x: number, y: number, reach: number, dark: number[]): void {
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) this.set(x + dx, y + dy, dark.includes(Math.max(Math.abs(dx), Math.abs(dy))));
    }
  }

  private format(mask: number): void {
    let rest = mask;
    for (let step = 0; step < 10; step++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
    const bits = ((mask << 10) | rest) ^ 0x5412;
    const bit = (place: number): boolean => ((bits >>> place) & 1) === 1;
    for (let place = 0; place < 15; place++) {
      const along = place < 6 ? place : place < 8 ? place + 1 : this.size - 15 + place;
      const down = place < 8 ? this.size - 1 - place : place === 8 ? 7 : 14 - place;
      this.set(8, along, bit(place));
      this.set(down, 8, bit(place));
    }
    this.set(8, this.size - 8, true);
  }

  private number(): void {
    let rest = this.version;
    for (let step = 0; step < 12; step++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
    const bits = (this.version << 12) | rest;
    for (let place = 0; place < 18; place++) {
      const [far, near] = [this.size - 11 + (place % 3), Math.floor(place / 3)];
      this.set(far, near, ((bits >>> place) & 1) === 1);
      this.set(near, far, ((bits >>> place) & 1) === 1);
    }
  }

  /** Two columns at a time from the right, up and down in turn, past the upright timing line. */
  private fill(words: number[]): void {
    const bits = words.flatMap((word) => binary(word, 8));
    let next = 0;
    for (let right = this.size - 1; right >= 1; right -= right === 8 ? 3 : 2) {
      const upwards = ((right + (right < 6 ? 1 : 0)) & 2) === ((this.size - 1) & 2);
      for (let step = 0; step < this.size; step++) {
        for (const x of [right, right - 1]) {
          const y = upwards ? this.size - 1 - step : step;
          const row = this.dark[y];
          if (row && !this.fixed[y]?.[x]) row[x] = bits[next++] === 1;
        }
      }
    }
  }
}

/** How hard a code is to read, by the standard's four rules: the mask with the least is used. */
function penalty(rows: boolean[][]): number {
  const columns = rows.map((_, x) => rows.map((row) => at(row, x)));
  const lines = [...rows, ...columns].map((line) => line.map((dark) => (dark ? "1" : "0")).join(""));
  let sum = 0;
  for (const line of lines) {
    for (const run of line.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    for (let from = 0; from + 11 <= line.length; from++) if (["10111010000", "00001011101"].includes(line.slice(from, from + 11))) sum += 40;
  }
  for (let y = 1; y < rows.length; y++) {
    for (let x = 1; x < rows.length; x++) {
      const four = [rows[y]?.[x], rows[y]?.[x - 1], rows[y - 1]?.[x], rows[y - 1]?.[x - 1]];
      if (four.every((dark) => dark === four[0])) sum += 3;
    }
  }
  const dark = rows.flat().filter(Boolean).length / rows.length ** 2;
  return sum + Math.floor(Math.abs(dark - 0.5) * 20) * 10;
}

function at<Part>(parts: readonly Part[], place: number): Part {
  return parts[place] as Part;
}
