// Notes what building class graphs takes and how good they are, from the messages that carry them.
using System.Collections.Concurrent;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>A tap on the edge graph.neighbours. A build takes as long as its slowest shard.</summary>
internal sealed class GraphClock : IFlowTap
{
    private readonly ConcurrentDictionary<long, double> _seconds = new();

    private readonly ConcurrentDictionary<long, double> _recall = new();

    /// <summary>Seconds of all builds, and recall of the last graph; null before the first.</summary>
    public (double Seconds, double Recall)? Builds => _seconds.IsEmpty ? null : (_seconds.Values.Sum(), _recall[_recall.Keys.Max()]);

    public void Sent(StageAddress from, string outlet, int destination, Message message)
    {
        if (message is NeighbourLists lists)
        {
            _recall[lists.Step] = lists.Recall;
            _seconds.AddOrUpdate(lists.Step, lists.BuildSeconds, (_, longest) => Math.Max(longest, lists.BuildSeconds));
        }
    }
}
