// What may cross between nodes as a control message.
namespace XClassFlow.Cluster.Membership.Wire;

/// <summary>
/// A control message: an immutable record whose type is listed in <see cref="WireManifests"/> with a version. A change of its members is a new version.
/// </summary>
internal interface IWireMessage
{
    /// <summary>Called on what was received; what no honest sender makes must not come further than here.</summary>
    /// <exception cref="FormatException">The content makes no sense.</exception>
    void Check()
    {
    }
}
