// A lane nobody sends on.
using XClassFlow.Cluster.Lane;

namespace XClassFlow.Cluster.Tests.Membership;

internal sealed class FakeLane(string name) : ILaneEndpoint
{
    public string Address => $"{name}:1";

    public Task<ILane> OpenAsync(LanePlan plan, ILaneReceiver receiver, CancellationToken cancel) => throw new NotSupportedException("fake runs open no lane");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
