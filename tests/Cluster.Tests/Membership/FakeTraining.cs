// What the fake nodes of a test share: a checkpoint, and the switches of the test.
using System.Collections.Concurrent;
using System.Threading.Channels;

namespace XClassFlow.Cluster.Tests.Membership;

/// <summary>Node 0 of an incarnation makes a step for each <see cref="Allow"/>; the others wait for the end.</summary>
internal sealed class FakeTraining
{
    private readonly Channel<bool> _steps = Channel.CreateUnbounded<bool>();

    public long Updates { get; init; } = 20;

    public long Classes { get; init; } = 1_000;

    public int SamplesPerStep { get; init; } = 8;

    /// <summary>Steps between two checkpoints.</summary>
    public long CheckpointEvery { get; init; } = 5;

    /// <summary>Steps in the last checkpoint.</summary>
    public long Checkpoint;

    /// <summary>Steps made, in order, over all incarnations: (incarnation, step).</summary>
    public ConcurrentQueue<(long Incarnation, long Step)> Made { get; } = [];

    /// <summary>Nodes whose preparation fails.</summary>
    public ConcurrentDictionary<string, Exception> PrepareFailures { get; } = [];

    /// <summary>Nodes whose preparation takes until the test lets it go on.</summary>
    public ConcurrentDictionary<string, TaskCompletionSource> SlowToLoad { get; } = [];

    /// <summary>Nodes that have loaded, in order: (incarnation, name).</summary>
    public ConcurrentQueue<(long Incarnation, string Node)> Loaded { get; } = [];

    /// <summary>Connections begun, in order, each with the number of nodes of its incarnation that had loaded by then.</summary>
    public ConcurrentQueue<(long Incarnation, int Loaded)> Connected { get; } = [];

    /// <summary>Nodes whose run fails, at the next chance.</summary>
    public ConcurrentDictionary<string, Exception> RunFailures { get; } = [];

    /// <summary>Nodes that do not stop when they are told to.</summary>
    public ConcurrentDictionary<string, TaskCompletionSource> Stubborn { get; } = [];

    /// <summary>Nodes that are still at work when node 0 is done.</summary>
    public ConcurrentDictionary<string, TaskCompletionSource> Late { get; } = [];

    /// <summary>Lanes of nodes that crashed or were cut off.</summary>
    public ConcurrentDictionary<string, bool> Gone { get; } = [];

    /// <summary>Completed by node 0's end, for the others of the same incarnation.</summary>
    public ConcurrentDictionary<long, TaskCompletionSource> Ends { get; } = [];

    public void Allow(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            Assert.True(_steps.Writer.TryWrite(true));
        }
    }

    public Task NextAsync(CancellationToken cancel) => _steps.Reader.ReadAsync(cancel).AsTask();

    public TaskCompletionSource EndOf(long incarnation) => Ends.GetOrAdd(incarnation, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
