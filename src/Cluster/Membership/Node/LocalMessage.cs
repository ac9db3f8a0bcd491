// Messages that an actor's own helpers send it; they never leave the process.
using Akka.Actor;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Node;

/// <summary>Base of messages inside a process.</summary>
internal abstract record LocalMessage : INoSerializationVerificationNeeded
{
    /// <summary>A timer of the actor.</summary>
    public sealed record Tick : LocalMessage;

    /// <summary>Time to send on what happened.</summary>
    public sealed record Flush : LocalMessage;

    /// <summary>The part has loaded and checked what it needs.</summary>
    public sealed record Loaded(NodePart Part, INodeRun Run) : LocalMessage;

    /// <summary>The part is connected with all others and can run.</summary>
    public sealed record Prepared(NodePart Part) : LocalMessage;

    /// <summary>The part failed; it is not freed yet.</summary>
    public sealed record Failing(NodePart Part, NodeFailure Failure) : LocalMessage;

    /// <summary>The part has run to its end; its lane stays open, since other nodes may still be at work.</summary>
    /// <param name="Part">The part.</param>
    /// <param name="Report">On node 0 the report, JSON.</param>
    public sealed record Finished(NodePart Part, string? Report) : LocalMessage;

    /// <summary>The part is over and freed.</summary>
    public sealed record Ended(NodePart Part) : LocalMessage;

    /// <summary>A part that was told to stop has had its time.</summary>
    public sealed record TooLong(NodePart Part) : LocalMessage;

    /// <summary>The process ends: stop, and answer with <see cref="Quiet"/> when nothing runs any more.</summary>
    public sealed record Quieten : LocalMessage;

    public sealed record Quiet : LocalMessage;

    /// <summary>A line for the submitter's observer, which hears only from it.</summary>
    public sealed record Said(string Line) : LocalMessage;

    /// <summary>The user asked the submitter for an orderly end of the run.</summary>
    public sealed record StopAsked : LocalMessage;
}
