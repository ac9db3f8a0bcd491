// The configuration that all rungs have in common.
using System.Globalization;
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Cluster.Benchmarks;

internal static class LadderConfiguration
{
    /// <summary>Width of the features and of the embeddings.</summary>
    private const int Width = 128;

    /// <summary>HOCON of what is trained, and how long, where no file says it.</summary>
    /// <param name="options">Sizes.</param>
    public static string Of(LadderOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        xclassflow {
          name = ladder
          data.train { type = generated-features, generated-features { classes = {{options.Classes}}, width = {{Width}}, samples-per-class = 10 } }
          # 10,027,008 parameters in the linear layers.
          backbone { type = mlp, mlp { width = {{Width}}, hidden = [2560, 2048, 2048] } }
          schedule { updates = {{options.WarmUp + options.Steps}}, batch = {{options.Batch}} }
          # A graph of the first weights means little, and none is built while it is measured.
          active-classes { neighbours = 16, rebuild-every = 1000000000, graph-recall = 0 }
          convergence { type = constant, constant.rates { backbone = 0.01, head = 0.1 } }
        }
        """);

    /// <summary>Settings, path=value, of a run on local processes; the first node listens at the seed's address.</summary>
    /// <param name="options">Sizes.</param>
    /// <param name="nodes">Processes.</param>
    /// <param name="megabits">What each may send by itself; null: what its line carries.</param>
    /// <param name="address">Address and port of the first node.</param>
    /// <param name="trace">File of the timeline.</param>
    public static IReadOnlyList<string> Sets(LadderOptions options, int nodes, int? megabits, string address, string trace) =>
    [
        "host=cluster",
        string.Create(CultureInfo.InvariantCulture, $"torch.threads={Math.Max(1, Environment.ProcessorCount / nodes)}"),
        "layout.replicas=0",
        "layout.shards=0",
        string.Create(CultureInfo.InvariantCulture, $"timeline={{ file = {HoconText.Quoted(trace)}, from-step = {options.WarmUp + 1}, steps = {options.Steps} }}"),
        string.Create(CultureInfo.InvariantCulture, $"cluster.world-size={nodes}"),
        $"cluster.seeds=[\"{address}\"]",
        "cluster.security.secret=of-the-throughput-ladder",
        string.Create(CultureInfo.InvariantCulture, $"cluster.lane.rate={(megabits ?? 0) * 125_000L}B"),
    ];
}
