// Adds up the time that building class graphs takes, from the messages that carry them.
using System.Collections.Concurrent;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>A tap on the edge graph.neighbours. A build takes as long as its slowest shard.</summary>
internal sealed class GraphClock : IFlowTap
{
    private readonly ConcurrentDictionary<long, double> _seconds = new();

    /// <summary>Seconds of all builds; null before the first.</summary>
    public double? Seconds => _seconds.IsEmpty ? null : _seconds.Values.Sum();

    public void Sent(StageAddress from, string outlet, int destination, Message message)
    {
        if (message is NeighbourLists lists)
        {
            _seconds.AddOrUpdate(lists.Step, lists.BuildSeconds, (_, longest) => Math.Max(longest, lists.BuildSeconds));
        }
    }
}
