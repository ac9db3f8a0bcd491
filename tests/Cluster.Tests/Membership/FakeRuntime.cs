// Stands in for training: counts steps when the test lets it.
using System.Collections.Concurrent;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Membership;

namespace XClassFlow.Cluster.Tests.Membership;

/// <summary>One node's runtime. The nodes of a test share a <see cref="FakeTraining"/>, which is what they would share over the lane and a file system.</summary>
internal sealed class FakeRuntime(FakeTraining training, string name) : INodeRuntime
{
    /// <summary>Layouts that this node was given, in order.</summary>
    public ConcurrentQueue<RunLayout> Layouts { get; } = [];

    /// <summary>Parts that are prepared and not disposed.</summary>
    public int Alive;

    public Task<INodeRun> PrepareAsync(RunLayout layout, int self, ILaneEndpoint lane, INodeEvents events, CancellationToken cancel)
    {
        Layouts.Enqueue(layout);
        if (training.PrepareFailures.TryGetValue(name, out var failure))
        {
            throw failure;
        }

        Interlocked.Increment(ref Alive);
        return Task.FromResult<INodeRun>(new FakeRun(training, this, name, layout, self, events));
    }
}
