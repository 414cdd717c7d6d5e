/** A text, and the messages in it. */
export interface Messages {
  /** All of the text on one line, without the frames, escapes and quotes of what it was wrapped in. */
  readonly whole: string;
  /** The texts that can be the message alone, without what surrounds it. */
  readonly messages: readonly string[];
}

/**
 * Finds messages in what people copy: a response in JSON or XML, the line of a client, Terraform's and CDK's output, a log, a stack trace.
 * @example messagesIn('{"message":"Forbidden"}').messages // ['Forbidden', …]
 */
export function messagesIn(text: string): Messages {
  const plain = withoutFrames(text);
  const messages = [...quotedMessages(plain), ...plain.split('\n'), plain]
    .flatMap(withoutPrefix)
    .map(onOneLine);
  return { whole: onOneLine(unescaped(plain)), messages: [...new Set(messages)].filter(Boolean) };
}

/** Removes colours, the frames of Terraform's and Pulumi's output, and marks of Markdown. */
function withoutFrames(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that set colours begin with it
      .replace(/\u001b\[[\d;]*[A-Za-z]/g, '')
      .replace(/^[ \t]*(?:[│╷╵|>]|\*(?= ))[ \t]?/gm, '')
      .replace(/[ \t]+[│┃][ \t]*$/gm, '')
      .replaceAll('`', '')
      .replaceAll('&quot;', '"')
      .replaceAll('&apos;', "'")
      .trim()
  );
}

/** A text that was put into JSON, once or more. */
function unescaped(text: string): string {
  return text.replace(/\\+n/g, '\n').replace(/\\+(["'/])/g, '$1');
}

/** Members of JSON documents, and elements of XML, in which AWS, its clients and logs put messages. */
function quotedMessages(text: string): string[] {
  const found = [
    ...text.matchAll(/"(?:message|errorMessage|Message|error|Cause|log)" ?: ?"((?:[^"\\]|\\.)*)"/g),
    ...text.matchAll(/<(?:Message|message)>([\s\S]*?)<\/(?:Message|message)>/g),
  ].map(([, message = '']) => unescaped(message));
  return found.flatMap((message) =>
    message.includes('"message"') ? [...quotedMessages(message), message] : message,
  );
}

/** What clients, SDKs and logs put before a message. The message is the group. */
const prefixes = [
  /An error occurred \(\w+\) when calling the \w+ operation(?: \([^)]*\))?: ?([\s\S]*)$/,
  /api error \w+: ([\s\S]*)$/,
  /(?:^|\s)\w*(?:Exception|Error|Denied|Token|Match|Signature): (?=\S)([\s\S]*)$/,
  /^.*?\b(?:ERROR|WARN|WARNING|INFO|CRITICAL|FATAL)\b\]?:?(?: -)?\s+([\s\S]*)$/i,
];

/** A message with and without what is before it, and without what the SDK for Java puts after it. */
function withoutPrefix(message: string): string[] {
  const line = message.trim();
  return [...prefixes.map((prefix) => prefix.exec(line)?.[1]), line]
    .filter((each) => each !== undefined)
    .map((each) => each.replace(/ ?\(Service: [\s\S]*$/, '').trim());
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
