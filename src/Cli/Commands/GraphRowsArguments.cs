// The options that say which rows a class graph is about.
using System.CommandLine;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Commands;

/// <summary>The options --checkpoint and --features, of which at most one may be given.</summary>
internal sealed class GraphRowsArguments
{
    private readonly Option<string?> checkpoint = CommonOptions.Optional("--checkpoint", "DIR", "The checkpoint whose class weights count.");
    private readonly Option<string?> features = CommonOptions.Optional("--features", "FILE.arrow", "An Arrow file of features; a class is the mean of its rows.");

    public void AddTo(Command command, bool required)
    {
        command.Add(checkpoint);
        command.Add(features);
        command.Validators.Add(result =>
        {
            var given = (result.GetResult(checkpoint) is null ? 0 : 1) + (result.GetResult(features) is null ? 0 : 1);
            if (given == 2)
            {
                result.AddError("--checkpoint and --features: give one of them");
            }
            else if (given == 0 && required)
            {
                result.AddError("neither --checkpoint nor --features: say which rows the graph is about");
            }
        });
    }

    public GraphRowsOptions Of(ParseResult parse) => new(parse.GetValue(checkpoint), parse.GetValue(features));
}
