// Where an import writes, and what it holds out for tests.
using System.CommandLine;

namespace XClassFlow.Cli.Commands;

/// <summary>The options --out, --test-every and --test-out.</summary>
internal sealed class SplitOptions
{
    private readonly Option<string> output = CommonOptions.Required("--out", "FILE.arrow", "The Arrow file to write.");
    private readonly Option<int?> testEvery = CommonOptions.Count("--test-every", "K", "Holds out every K-th sample of a class for tests.");
    private readonly Option<string?> testOut = CommonOptions.Optional("--test-out", "FILE", "Where the held-out samples go (FILE.test.arrow).");

    public void AddTo(Command command)
    {
        command.Add(output);
        command.Add(testEvery);
        command.Add(testOut);
        command.Validators.Add(result =>
        {
            if (result.GetResult(testOut) is not null && result.GetResult(testEvery) is null)
            {
                result.AddError("--test-out without --test-every: say how many samples are held out");
            }
        });
    }

    public string Out(ParseResult parse) => parse.GetRequiredValue(output);

    public int? TestEvery(ParseResult parse) => parse.GetValue(testEvery);

    /// <summary>The file of the held-out samples; null where none are held out.</summary>
    public string? TestOut(ParseResult parse) =>
        TestEvery(parse) is null ? null : parse.GetValue(testOut) ?? Path.ChangeExtension(Out(parse), ".test.arrow");
}
