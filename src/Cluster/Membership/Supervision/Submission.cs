// The submitter of the run in hand, as the supervisor knows it.
using Akka.Actor;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>Whoever submitted last watches. What is said while nobody does is lost, but for the history, and what the run waits for. Mutable; belongs to the supervisor.</summary>
internal sealed class Submission
{
    private IActorRef? _submitter;
    private string _submitted = "";

    /// <summary>What the run waits for; null: nothing.</summary>
    public string? Waiting { get; private set; }

    /// <summary>Whether the submitter is in the supervisor's own process.</summary>
    public bool IsHere => _submitter?.Path.Address.HasLocalScope == true;

    /// <summary>Takes a submission of the run, which is repeated as long as the submitter lives.</summary>
    /// <returns>Whether it is a new one.</returns>
    public bool Attach(IActorRef submitter, string submitted, ActiveRun run)
    {
        var isNew = _submitted != submitted;
        (_submitter, _submitted) = (submitter, submitted);
        Tell(new Accepted(submitted, run.Spec.Id));
        if (!isNew)
        {
            return false;
        }

        foreach (var piece in run.History.Pieces(run.Spec.Id))
        {
            Tell(piece);
        }

        if (run.Told is { } told)
        {
            Tell(told);
        }

        if (Waiting is { } waiting)
        {
            Note(run, waiting);
        }

        return true;
    }

    public void Tell(IWireMessage message) => _submitter?.Tell(message);

    /// <summary>Tells a line; without a run nobody wants to know.</summary>
    public void Note(ActiveRun? run, string line)
    {
        if (run is not null)
        {
            Tell(new Progress(run.Spec.Id, run.Incarnation, [new RunEvent(Note: line)]));
        }
    }

    /// <summary>Says what the run waits for, once; null: nothing any more.</summary>
    public void Wait(ActiveRun run, string? text)
    {
        if (text is not null && text != Waiting)
        {
            Note(run, text);
        }

        Waiting = text;
    }
}
