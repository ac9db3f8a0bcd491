// An inserted stage that gives one rank wrong labels for some steps.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Tests.Training;

/// <summary>Stands at preprocess.inputs.</summary>
public sealed class GarbageLabels : TransformStage<InputBatch, InputBatch>
{
    private readonly Settings _settings;
    private readonly int _rank;

    public GarbageLabels(Settings settings, StageSite site) => (_settings, _rank) = (settings, site.Index);

    protected override void Process(InputBatch message)
    {
        var spoils = _rank == _settings.Rank && message.Plan.Phase == StepPhase.Train && message.Step >= _settings.From && message.Step <= _settings.To;
        Output.Send(spoils ? message with { Labels = message.Labels.Plus(181L).remainder(Scalars.Of(403L)) } : message);
    }

    /// <summary>Settings.</summary>
    /// <param name="Rank">The rank.</param>
    /// <param name="From">First step.</param>
    /// <param name="To">Last step.</param>
    public sealed record Settings(int Rank = 0, long From = 0, long To = 0);
}
