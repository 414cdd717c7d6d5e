"""Prints the options of commands of the AWS CLI, as JSON; those that it lacks are left out. Reads the commands, such as "iam get-role", from its input, one a line."""

import json
import sys

import awscli
from awscli.clidriver import create_clidriver


driver = create_clidriver()


def options_of(words):
    command = driver._get_command_table().get(words[0])
    for word in words[1:]:
        # Commands that are made of an API, and those that are written by hand.
        table = command and (getattr(command, "subcommand_table", None) or command._get_command_table())
        command = table and table.get(word)
    if command is None:
        return None
    return {
        name: {
            **({"required": True} if argument.required else {}),
            **({"flag": True} if argument.cli_type_name == "boolean" else {}),
        }
        for name, argument in sorted(command.arg_table.items())
        # The file that the last one names has no dashes.
        if not argument.positional_arg and name not in ("cli-input-json", "cli-input-yaml", "generate-cli-skeleton", "outfile")
    }


commands = {line.strip(): options_of(line.split()) for line in sys.stdin if line.strip()}
known = {command: options for command, options in commands.items() if options is not None}
print(json.dumps({"source": f"awscli {awscli.__version__}", "commands": known}, indent=1))
