// Stands in for training: counts steps when the test lets it.
using System.Collections.Concurrent;
using XClassFlow.Cluster.Membership;

namespace XClassFlow.Cluster.Tests.Membership;

/// <summary>One node's runtime. The nodes of a test share a <see cref="FakeTraining"/>, which is what they would share over the lane and a file system.</summary>
internal sealed class FakeRuntime(FakeTraining training, string name) : INodeRuntime
{
    public FakeTraining Training => training;

    /// <summary>Layouts that this node was given, in order.</summary>
    public ConcurrentQueue<RunLayout> Layouts { get; } = [];

    /// <summary>Parts that are prepared and not disposed.</summary>
    public int Alive;

    public async Task<INodeRun> PrepareAsync(RunLayout layout, int self, INodeEvents events, CancellationToken cancel)
    {
        Layouts.Enqueue(layout);
        if (training.PrepareFailures.TryGetValue(name, out var failure))
        {
            throw failure;
        }

        if (training.SlowToLoad.TryGetValue(name, out var loaded))
        {
            await loaded.Task.WaitAsync(cancel);
        }

        Interlocked.Increment(ref Alive);
        training.Loaded.Enqueue((layout.Incarnation, name));
        return new FakeRun(training, this, name, layout, self, events);
    }
}
