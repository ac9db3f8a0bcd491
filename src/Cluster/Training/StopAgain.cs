// Gives a replayed supervisor the stop signal at the point where the recorded one got it.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>A tap that cancels after the plan before the last one. Does nothing for a run that was not stopped.</summary>
internal sealed class StopAgain : IFlowTap, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly long? _lastStep;

    /// <param name="lastStep">The first step that was planned after the signal, or null.</param>
    public StopAgain(long? lastStep) => _lastStep = lastStep;

    public CancellationToken Token => _stop.Token;

    /// <summary>Where the signal came before the first plan, it is given at once.</summary>
    public void Begin(long firstStep)
    {
        if (_lastStep == firstStep)
        {
            _stop.Cancel();
        }
    }

    public void Sent(StageAddress from, string outlet, int destination, Message message)
    {
        if (message is PlanMessage { Plan: { Phase: StepPhase.Train, Step: var step } } && step + 1 == _lastStep)
        {
            _stop.Cancel();
        }
    }

    public void Called(StageAddress stage, StageCall call, string? inlet, Message? message)
    {
    }

    public void Dispose() => _stop.Dispose();
}
