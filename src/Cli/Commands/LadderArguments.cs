// What commands that run small clusters on slow lines have in common.
using System.CommandLine;
using XClassFlow.Cluster.Benchmarks;
using XClassFlow.Data;

namespace XClassFlow.Cli.Commands;

/// <summary>Options of <see cref="LadderOptions"/>, with one wording. Every command gets its own.</summary>
internal sealed class LadderArguments
{
    private readonly LadderOptions _defaults;
    private readonly Option<string?> _nodes;
    private readonly Option<string?> _megabits;
    private readonly Option<string?> _links = CommonOptions.Optional(
        "--links", "auto|namespaces|throttle", "What joins the nodes, auto where left out: network namespaces with shaped lines (root, iproute2), or a bound in each node's lane; auto: namespaces where they can be made.");

    private readonly Option<int?> _classes;
    private readonly Option<int?> _batch = CommonOptions.Count("--batch", "N", "Samples of a step over all nodes.");
    private readonly Option<int?> _warmUp = CommonOptions.Count("--warm-up", "N", "Steps before those that count.");
    private readonly Option<int?> _steps = CommonOptions.Count("--steps", "N", "Steps that count.");
    private readonly Option<int?> _repeats = CommonOptions.Count("--repeats", "N", "How often everything is measured; the median counts.");
    private readonly Option<string[]> _sets = CommonOptions.Sets();
    private readonly Option<string?> _configuration = CommonOptions.Optional(
        "--config", "FILE", "What is trained and how long, HOCON, in place of generated features; with held-out samples the last evaluation is shown.", "-c");

    /// <param name="defaults">For what is left out.</param>
    public LadderArguments(LadderOptions defaults)
    {
        _defaults = defaults;
        _nodes = CommonOptions.Optional("--nodes", "N,..", $"Numbers of local processes; {string.Join(',', defaults.Nodes)} where left out.");
        _megabits = CommonOptions.Optional("--megabits", "N,..", $"What a node may send, megabits a second; {string.Join(',', defaults.Megabits)} where left out.");
        _classes = CommonOptions.Count("--classes", "N", $"Classes; {defaults.Classes} where left out.");
        _links.AcceptOnlyFromAmong(Array.ConvertAll(Enum.GetNames<LadderLinks>(), n => n.ToLowerInvariant()));
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [_nodes, _megabits, _links, _classes, _batch, _warmUp, _steps, _repeats, _configuration, _sets];

    /// <exception cref="UserErrorException">A list has something else than numbers in it.</exception>
    public LadderOptions Of(ParseResult parse) => new()
    {
        Nodes = Numbers(parse.GetValue(_nodes), "--nodes", 1, 64) ?? _defaults.Nodes,
        Megabits = Numbers(parse.GetValue(_megabits), "--megabits", 1, 1_000_000) ?? _defaults.Megabits,
        Links = Enum.Parse<LadderLinks>(parse.GetValue(_links) ?? nameof(LadderLinks.Auto), ignoreCase: true),
        Classes = parse.GetValue(_classes) ?? _defaults.Classes,
        Batch = parse.GetValue(_batch) ?? _defaults.Batch,
        WarmUp = parse.GetValue(_warmUp) ?? _defaults.WarmUp,
        Steps = parse.GetValue(_steps) ?? _defaults.Steps,
        Repeats = parse.GetValue(_repeats) ?? _defaults.Repeats,
        Configuration = File(parse.GetValue(_configuration)),
        Sets = parse.GetRequiredValue(_sets),
    };

    private static string? File(string? path) => path is null || System.IO.File.Exists(path)
        ? path
        : throw new UserErrorException("there is no such file", path, "name a configuration that `xclassflow train -c` takes");

    private static int[]? Numbers(string? text, string option, int least, int most) => text is null ? null : Array.ConvertAll(text.Split(','), part =>
        int.TryParse(part, out var number) && number >= least && number <= most
            ? number
            : throw new UserErrorException($"'{part}' is no number from {least} to {most}", option, $"write numbers with commas between them, such as {option} 2,4"));
}
