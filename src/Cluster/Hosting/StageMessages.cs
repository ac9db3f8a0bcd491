// What a stage actor is told besides the messages of the graph; all of it stays inside the process.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Cluster.Hosting;

/// <summary>Signals without content.</summary>
internal enum StageSignal
{
    /// <summary>There may be more to do.</summary>
    Continue,

    /// <summary>Work outside the graph is done.</summary>
    Wake,

    /// <summary>Stop working; dispose of what still arrives.</summary>
    Abort,

    /// <summary>Dispose of the stage; nothing arrives any more.</summary>
    Finish,
}

/// <summary>Start the stage.</summary>
/// <param name="IsFeedback">Which links end in feedback inlets.</param>
/// <param name="TorchThreads">Threads of one operation; a new thread would otherwise have a default of its own, and other sums.</param>
internal sealed record BeginMessage(Func<Link, bool> IsFeedback, int TorchThreads);

/// <summary>A message on a link was consumed by an instance.</summary>
internal sealed record CreditMessage(Link Link, int To);

/// <summary>An instance will send nothing more on a link.</summary>
internal sealed record CompletionMessage(Link Link, int From);

/// <summary>Whom a stage actor reports to. Thread-safe.</summary>
internal interface IStageSupervision
{
    /// <summary>Whether the run has failed: an actor works on nothing any more, whatever stands in its mailbox before the signal.</summary>
    bool IsAborting { get; }

    void Completed();

    void Faulted(Exception cause);

    void Aborted();

    void Finished();
}
