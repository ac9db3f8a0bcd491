// An inserted stage that holds the rows for a class graph back until training has gone on.
using System.Collections.Concurrent;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Tests.Training;

/// <summary>Stands at shard.rows. Rows of <c>step</c> wait until <see cref="ReleaseRows"/> of the same name has seen its own step.</summary>
public sealed class HeldRows : TransformStage<WeightRows, WeightRows>
{
    private readonly Settings _settings;

    public HeldRows(Settings settings, StageSite site)
    {
        Assert.NotNull(site);
        _settings = settings;
    }

    /// <summary>By name.</summary>
    internal static ConcurrentDictionary<string, ManualResetEventSlim> Gates { get; } = new();

    protected override void Process(WeightRows message)
    {
        if (message.Step == _settings.Step && !Gates.GetOrAdd(_settings.Name, _ => new ManualResetEventSlim()).Wait(TimeSpan.FromSeconds(60), CancellationToken.None))
        {
            throw new TimeoutException($"training did not go on while the graph of step {_settings.Step} was not there");
        }

        Output.Send(message);
    }

    /// <summary>Settings.</summary>
    /// <param name="Name">Of the gate.</param>
    /// <param name="Step">The step whose rows wait.</param>
    public sealed record Settings(string Name = "", long Step = 0);
}
