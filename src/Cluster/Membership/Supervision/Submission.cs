// The submitters of the run in hand, as the supervisor knows them.
using Akka.Actor;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>
/// Whoever submits the run watches it, each under an identity of its own. A submitter says with every submission how much it knows, and is told what it lacks: no message to it has to arrive. What is
/// said while nobody watches is lost, but for the history, and what the run waits for. Mutable; belongs to the supervisor.
/// </summary>
internal sealed class Submission
{
    private readonly Dictionary<string, Submitter> _submitters = [];
    private readonly HashSet<string> _ids = [];

    /// <summary>What the run waits for; null: nothing.</summary>
    public string? Waiting { get; private set; }

    /// <summary>Every identity under which the run was submitted to this supervisor: who joined a run that went on already has one of its own.</summary>
    public IReadOnlyCollection<string> Ids => _ids;

    /// <summary>Whether somebody watches and all who do have what they need.</summary>
    public bool HaveReport => _submitters.Count > 0 && _submitters.Values.All(s => s.GotReport);

    /// <summary>Takes a submission of the run, which is repeated as long as the submitter lives.</summary>
    /// <param name="submitter">Who submits.</param>
    /// <param name="submitted">The identity it uses.</param>
    /// <param name="known">The incarnation that it knows; 0: none.</param>
    /// <param name="run">The run.</param>
    /// <returns>Whether it is a new one.</returns>
    public bool Attach(IActorRef submitter, string submitted, long known, ActiveRun run)
    {
        _ids.Add(submitted);
        var isNew = !_submitters.TryGetValue(submitted, out var entry);
        if (isNew)
        {
            _submitters.Add(submitted, entry = new Submitter());
        }

        entry!.Actor = submitter;
        submitter.Tell(new Accepted(submitted, run.Spec.Id));
        if (run.Told is { } told && known == 0)
        {
            foreach (var piece in run.History.Pieces(run.Spec.Id))
            {
                submitter.Tell(piece);
            }
        }
        else if (run.Told is { } next && known < next.Number)
        {
            submitter.Tell(next);
        }

        if (isNew && Waiting is { } waiting)
        {
            submitter.Tell(Line(run, waiting));
        }

        return isNew;
    }

    /// <summary>The submitters of a node that is no member any more.</summary>
    public void Lose(Address node)
    {
        foreach (var (id, _) in _submitters.Where(s => s.Value.Actor.Path.Address == node).ToList())
        {
            _submitters.Remove(id);
        }
    }

    /// <summary>A submitter asks for a piece of the report.</summary>
    /// <returns>Whether it is a piece beyond those that it asked for before, which have arrived then.</returns>
    public bool Asks(IActorRef submitter, int piece)
    {
        if (Find(submitter) is not { } entry || piece <= entry.Asked)
        {
            return false;
        }

        entry.Asked = piece;
        return true;
    }

    /// <summary>A submitter has what it needs.</summary>
    public void Got(IActorRef submitter)
    {
        if (Find(submitter) is { } entry)
        {
            entry.GotReport = true;
        }
    }

    public void Tell(IWireMessage message)
    {
        foreach (var submitter in _submitters.Values)
        {
            submitter.Actor.Tell(message);
        }
    }

    /// <summary>Tells those outside the supervisor's own process.</summary>
    public void TellElsewhere(IWireMessage message)
    {
        foreach (var submitter in _submitters.Values.Where(s => !s.Actor.Path.Address.HasLocalScope))
        {
            submitter.Actor.Tell(message);
        }
    }

    /// <summary>Tells a line; without a run nobody wants to know.</summary>
    public void Note(ActiveRun? run, string line)
    {
        if (run is not null)
        {
            Tell(Line(run, line));
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

    private Submitter? Find(IActorRef actor) => _submitters.Values.FirstOrDefault(s => s.Actor.Equals(actor));

    private static Progress Line(ActiveRun run, string line) => new(run.Spec.Id, run.Incarnation, [new RunEvent(Note: line)]);
}
