// A message from another node, still in the form in which it travelled.
using XClassFlow.Cluster.Lane;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Cluster.Hosting;

/// <summary>A parcel on its way to a stage's thread. Whoever holds it owns the parcel.</summary>
internal sealed class RemoteMessage(Parcel parcel, Func<Parcel, Envelope> open) : IDisposable
{
    /// <summary>The message. Takes over the parcel's tensors; call on the receiving stage's thread, since it may convert them.</summary>
    /// <exception cref="LaneException">The parcel is none of this graph's messages; it was disposed.</exception>
    public Envelope Open() => open(parcel);

    public void Dispose() => parcel.Dispose();
}
