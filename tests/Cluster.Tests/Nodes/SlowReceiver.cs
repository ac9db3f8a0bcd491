// The receiving end of a lane whose messages take a known time.
using XClassFlow.Cluster.Lane;

namespace XClassFlow.Cluster.Tests.Nodes;

/// <summary>Passes on what arrives when <paramref name="wait"/> has returned; credits and completions, which carry no tensors, at once.</summary>
internal sealed class SlowReceiver(ILaneReceiver inner, Action wait) : ILaneReceiver
{
    public void Received(int node, int stream, Parcel parcel)
    {
        if (parcel.Tensors.Count > 0)
        {
            wait();
        }

        inner.Received(node, stream, parcel);
    }

    public void Broken(int node, Exception cause) => inner.Broken(node, cause);
}
