// Tells when a stage's call with a message, or one that sends one, is over.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Cluster.Tests.Nodes;

internal sealed class ReturnTap(Action<StageAddress, StageCall, string?> returned) : IFlowTap
{
    public void Sent(StageAddress from, string outlet, int destination, Message message)
    {
    }

    public void Returned(StageAddress stage, StageCall call, string? inlet, Message? message) => returned(stage, call, inlet);
}
