// What a node says of itself, at every change and at every tick.
using XClassFlow.Stages.Timelines;

namespace XClassFlow.Cluster.Membership.Wire;

/// <summary>
/// The whole state of a node that the supervisor needs. It is sent again and again, so a lost message or a new supervisor needs no protocol of its own.
/// </summary>
/// <param name="Node">Its address in the cluster.</param>
/// <param name="Uid">Number of the process behind the address; a restarted one has another.</param>
/// <param name="Roles">What it may hold.</param>
/// <param name="Lane">Its address on the tensor lane.</param>
/// <param name="Run">The run it has a part of; empty: none.</param>
/// <param name="Incarnation">The highest incarnation of that run it knows.</param>
/// <param name="Token"><see cref="RunLayout.Token"/> of the last layout it took; empty: none.</param>
/// <param name="Phase">What it does for it.</param>
/// <param name="Classes">N, from loaded on.</param>
/// <param name="FirstStep">The step its incarnation begins with, from loaded on.</param>
/// <param name="FirstSample">Samples that the updates before it took, from loaded on.</param>
/// <param name="Failure">Why it failed.</param>
/// <param name="HasReport">Whether it holds the report of the finished run.</param>
/// <param name="BytesSent">Bytes its process has sent on the lane for the run, in all incarnations.</param>
/// <param name="Leaving">Whether it was asked to leave, and takes part in nothing new.</param>
/// <param name="PeakRssBytes">Largest resident memory of the process.</param>
/// <param name="Timeline">What its part did in the steps of the timeline, once it has run; null: there is none.</param>
internal sealed record NodeState(
    string Node,
    int Uid,
    NodeRoles Roles,
    string Lane,
    string Run,
    long Incarnation,
    string Token,
    NodePhase Phase,
    long Classes,
    long FirstStep,
    long FirstSample,
    NodeFailure? Failure,
    bool HasReport,
    long BytesSent,
    bool Leaving,
    long PeakRssBytes,
    TimelineTotals? Timeline) : IWireMessage
{
    public void Check()
    {
        if (Node.Length == 0 || Roles == NodeRoles.None || Incarnation < 0)
        {
            throw new FormatException("a node without address, roles or incarnation");
        }
    }
}
