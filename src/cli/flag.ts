// What a flag is called and how it is written; from this come parsing, help, environment, config keys, completion.
interface FlagText {
  /** Without the dashes in front: `keep-damaged`. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What it does; begins with a small letter and has no full stop. */
  readonly help: string;
  /** Heading under which help lists it. */
  readonly group: string;
}

/** `--force`; what a lower layer switched on, `--no-force` switches off. */
export interface Switch extends FlagText {
  readonly kind: 'switch';
  /** What `--no-…` does, where that is worth a line of help: where the thing is on by itself. */
  readonly offHelp?: string;
}

/** `--jobs N`. */
export interface ValueFlag extends FlagText {
  readonly kind: 'value';
  /** What stands for the value in help: `N`, `DIR`, or the choices. */
  readonly placeholder: string;
  readonly choices?: readonly string[];
  readonly completes?: 'file' | 'folder';
  /** `--no-…` exists, and this is what it does. */
  readonly offHelp?: string;
}

/** `--include GLOB`, as often as one likes. */
export interface ListFlag extends FlagText {
  readonly kind: 'list';
  readonly placeholder: string;
}

export type Flag = Switch | ValueFlag | ListFlag;

/** The place of a value without a flag. */
export interface Operand {
  /** `INPUT`, or `PATH...` where there may be several. */
  readonly term: string;
  readonly help: string;
  readonly isRepeatable: boolean;
  readonly choices?: readonly string[];
}

/** `-q, --quiet`; `--jobs N`. */
export const flagTerm = (flag: Flag): string => {
  const long = `--${flag.name}${flag.kind === 'switch' ? '' : ` ${flag.placeholder}`}`;
  return flag.short === undefined ? long : `-${flag.short}, ${long}`;
};

/** True where `--no-…` is understood. */
export const canBeOff = (flag: Flag): boolean => flag.kind === 'switch' || offHelpOf(flag) !== undefined;

export const offHelpOf = (flag: Flag): string | undefined =>
  flag.kind === 'list' ? undefined : flag.offHelp;

/** `--keep-damaged` is `FRAMESIFT_KEEP_DAMAGED`. */
export const environmentName = (flag: Flag): string => variableOf(flag.name);

/** `--no-cache` is `FRAMESIFT_NO_CACHE`. */
export const offEnvironmentName = (flag: Flag): string => variableOf(`no-${flag.name}`);

const variableOf = (name: string): string => `FRAMESIFT_${name.toUpperCase().replaceAll('-', '_')}`;
