// One connection of the graph, between two groups of stages.
namespace XClassFlow.Stages.Flow;

/// <summary>A connection from an outlet of one group to an inlet of another.</summary>
/// <param name="Number">Position in the graph, for compact addressing.</param>
/// <param name="From">Sending group.</param>
/// <param name="Outlet">Its outlet.</param>
/// <param name="To">Receiving group.</param>
/// <param name="Inlet">Its inlet.</param>
/// <param name="Kind">How instances are wired.</param>
/// <param name="Capacity">Messages that may be unacknowledged between two instances.</param>
public sealed record Link(int Number, string From, string Outlet, string To, string Inlet, LinkKind Kind, int Capacity)
{
    /// <summary>The outlet's full name, under which recordings keep what crossed it.</summary>
    public string Edge => $"{From}.{Outlet}";

    public override string ToString() => $"{From}.{Outlet} -> {To}.{Inlet}";
}
