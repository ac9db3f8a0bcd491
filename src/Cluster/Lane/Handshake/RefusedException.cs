// A node that does not want the connection.
namespace XClassFlow.Cluster.Lane.Handshake;

/// <summary>Raised on both sides.</summary>
/// <param name="reason">Why, for a person.</param>
/// <param name="final">Whether trying again is of no use.</param>
internal sealed class RefusedException(string reason, bool final) : Exception(reason)
{
    public bool Final => final;
}
