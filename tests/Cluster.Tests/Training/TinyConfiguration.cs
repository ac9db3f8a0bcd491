// A run that takes a second: generated features, a small network, three shards, every part of the graph in use.
using XClassFlow.Cluster.Configuration;

namespace XClassFlow.Cluster.Tests.Training;

internal static class TinyConfiguration
{
    /// <summary>The configuration with changes, as --set would make them.</summary>
    public static LoadedConfiguration With(params IReadOnlyList<string> sets) => HoconLoader.Load(
        null,
        [
            "data.train={ type = generated-features, generated-features { classes = 403, width = 16, samples-per-class = 8 } }",
            "data.test={ type = generated-features, generated-features { classes = 403, width = 16, samples-per-class = 2, split = test } }",
            "schedule.updates=30",
            "schedule.batch=32",
            "schedule.micro-batches=2",
            "backbone={ type = mlp, mlp { width = 16, hidden = [32] } }",
            "layout.shards=3",
            "active-classes={ mode = mix, budget = 90, neighbours = 8, rebuild-every = 8 }",
            "torch.threads=1",
            .. sets,
        ]);
}
