// Where a host takes what comes from other nodes.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Cluster.Hosting;

/// <summary>The receiving side of a host that runs a part of a graph. Any thread; never blocks.</summary>
internal interface IArrivals
{
    /// <summary>A message for an instance of this part; taken over. It is opened on the instance's thread.</summary>
    void Arrived(StageAddress to, RemoteMessage message);

    /// <summary>See <see cref="IDelivery.Credit"/>.</summary>
    void Credit(Link link, int from, int to);

    /// <summary>See <see cref="IDelivery.Complete"/>.</summary>
    void Complete(Link link, int from, int to);

    /// <summary>Another node is gone, or sent what cannot be.</summary>
    void Failed(Exception cause);
}
