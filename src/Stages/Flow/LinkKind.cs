// How the instances of two connected stages are wired.
namespace XClassFlow.Stages.Flow;

/// <summary>How a link joins n sending instances to m receiving ones. Together with a gathering inlet these are the exchanges between ranks.</summary>
public enum LinkKind
{
    /// <summary>Instance i sends to instance i (n = m).</summary>
    OneToOne,

    /// <summary>Every message goes to all m. With a gathering inlet: all-gather; with a sum over what was gathered: all-reduce.</summary>
    Broadcast,

    /// <summary>The sender names the receiver of each message. With a gathering inlet and a sum: reduce-scatter.</summary>
    Scatter,
}
