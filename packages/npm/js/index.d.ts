/** How packaged files are compressed. */
export type PkgCompressType = 'None' | 'GZip' | 'Brotli' | 'Zstd';

/** Runs once, before the project is read; a rejected promise ends the build. */
export type PreBuildHook = () => void | Promise<void>;

/** Runs once for each executable, with its path, after it was written. */
export type PostBuildHook = (output: string) => void | Promise<void>;

/** Returns the new content of a packaged file, or nothing to keep it. */
export type TransformHook = (
  filePath: string,
  contents: Buffer | string,
) => string | Buffer | void | Promise<string | Buffer | void>;

/** The options that settings have too. */
export interface PkgBaseOptions {
  /** The directory to write executables to. */
  outputPath?: string;
  compress?: PkgCompressType;
  /** Ship JavaScript as plain source. */
  sea?: boolean;
  debug?: boolean;
  /** False ships public source instead of bytecode. */
  bytecode?: boolean;
  nativeBuild?: boolean;
  /** Ship the source of scripts that cannot be compiled. */
  fallbackToSource?: boolean;
  /** The source of the project itself is public. */
  public?: boolean;
  signature?: boolean;
  /** A command, or a function. */
  preBuild?: string | PreBuildHook;
  /** A command, which finds the executable's path in `PKG_OUTPUT`, or a function. */
  postBuild?: string | PostBuildHook;
  transform?: TransformHook;
}

/** What `exec` takes instead of arguments. */
export interface PkgExecOptions extends PkgBaseOptions {
  /** The entry: a script, a directory, a package.json or a configuration file. */
  input: string;
  /** Targets, such as `node24-linux-x64` or `host`. */
  targets?: string[];
  /** A configuration file. */
  config?: string;
  /** The executable to write. */
  output?: string;
  /** Node options to embed, such as `expose-gc`. */
  bakeOptions?: string | string[];
  /** Compile Node from its source. */
  build?: boolean;
  /** Packages whose source is public; `*` means all. */
  publicPackages?: string[];
  /** Packages whose entries in the dictionary are ignored; `*` means all. */
  noDictionary?: string[];
}

/** Build executables with the arguments of `sealift pkg`. */
export function exec(args: string[]): Promise<void>;

/** Build executables with options. */
export function exec(options: PkgExecOptions): Promise<void>;
