/** An option of a command. */
export interface Option {
  readonly type: 'boolean' | 'string';
  /** A few words for `--help`, which gives an option one line. */
  readonly description: string;
  /** What it is if it is not given, in words. `--help` puts it behind the description. */
  readonly default?: string;
  /** What only the reference page says: sentences, in Markdown. */
  readonly details?: string;
  /** The value in `--help`, e.g. `N`. */
  readonly value?: string;
  readonly multiple?: true;
  /** Whether `--name` alone is allowed, too: its value is then `''`. A value needs `=`. */
  readonly optional?: true;
}

/** The options of a command, by name. */
export type Options = Readonly<Record<string, Option>>;

/** The values of a command's options. */
export type OptionValues<Known extends Options> = {
  readonly [Name in keyof Known]?: Known[Name] extends { readonly multiple: true }
    ? readonly string[]
    : Known[Name]['type'] extends 'boolean'
      ? boolean
      : string;
};

/** The argument of a command: a word without an option's name before it. */
export interface Argument {
  /** In `--help`, e.g. `OPERATION`. */
  readonly name: string;
  readonly description: string;
}

/** A command with its options. */
export interface Command<Known extends Options> {
  /** One sentence. */
  readonly summary: string;
  readonly options: Known;
  /** Options as they are typed, and what the command does with them. A shell runs each as it is. */
  readonly examples?: readonly (readonly [options: string, meaning: string])[] | undefined;
  /** The meaning of each exit code. */
  readonly exitCodes?: Readonly<Record<number, string>> | undefined;
  /** What only the reference page says, in Markdown. */
  readonly manual?: string | undefined;
  /** Where the rest is: a file, with the heading. */
  readonly page?: string | undefined;
  /** What `--version` prints. Absent: there is no such option. */
  readonly version?: string | undefined;
  /** Absent: the command takes none. */
  readonly argument?: Argument | undefined;
  /** Returns the exit code. @param argument `undefined` if the user gave none */
  main(values: OptionValues<Known>, argument?: string): Promise<number>;
}
