// One rung of the throughput ladder.
namespace XClassFlow.Cluster.Benchmarks;

/// <summary>What a rung adds to the one below it.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Sets">Settings, path=value.</param>
internal sealed record LadderRung(string Name, IReadOnlyList<string> Sets)
{
    /// <summary>
    /// The rungs, lowest first. Each has the settings of those below it too. How many classes are active and how sparse gradients are is a configuration's to say, where there is one.
    /// </summary>
    /// <param name="options">What is measured.</param>
    public static IReadOnlyList<LadderRung> All(LadderOptions options)
    {
        var own = options.Configuration is null;
        return
        [
            new("all classes, one after the other", ["active-classes.mode=all", "schedule.micro-batches=1", "schedule.in-flight=1", "schedule.overlap=off", "schedule.lookahead=0"]),
            new("+ KNN softmax", ["active-classes.mode=knn", .. own ? [$"active-classes.budget={Math.Max(1, options.Classes / 100)}"] : Array.Empty<string>()]),
            new("+ overlapping pipeline", ["schedule.micro-batches=1", "schedule.in-flight=2", "schedule.overlap=on", "schedule.lookahead=2"]),
            new("+ sparse gradients", ["sparsifier.type=top-k", .. own ? ["sparsifier.ratio=0.001", "sparsifier.warm-up=[]"] : Array.Empty<string>()]),
        ];
    }
}
