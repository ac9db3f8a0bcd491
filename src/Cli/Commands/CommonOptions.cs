// Options that several commands have, with one wording.
using System.CommandLine;
using System.CommandLine.Parsing;

namespace XClassFlow.Cli.Commands;

/// <summary>Makes options; every command gets its own.</summary>
internal static class CommonOptions
{
    public static Option<string> Required(string name, string value, string description, params string[] aliases) =>
        new(name, aliases) { Required = true, HelpName = value, Description = description };

    public static Option<string?> Optional(string name, string value, string description, params string[] aliases) =>
        new(name, aliases) { HelpName = value, Description = description };

    public static Option<string[]> Sets() => new("--set")
    {
        HelpName = "path=value",
        Description = "Overrides a key of the configuration; may be repeated.",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    public static Option<string?> Report() => Optional("--report", "FILE", "Writes the report of the run as JSON.");

    public static Option<int?> Count(string name, string value, string description)
    {
        var option = new Option<int?>(name) { HelpName = value, Description = description };
        option.Validators.Add(result => Check(result, name));
        return option;
    }

    private static void Check(OptionResult result, string name)
    {
        if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var n) || n < 1))
        {
            result.AddError($"{name} '{token.Value}' is not a whole number above 0");
        }
    }
}
