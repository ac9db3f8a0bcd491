// What the supervisor knows, what it has in hand, and the turns it can take.
using Akka.Cluster;
using XClassFlow.Cluster.Membership.Wire;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>Shared by the supervisor's phases: each looks at the whole picture, does what is missing, and enters the next phase where it is done. Mutable; belongs to the supervisor.</summary>
internal sealed class SupervisorContext
{
    private long _since;

    /// <param name="settings">The cluster settings.</param>
    /// <param name="timing">Intervals.</param>
    /// <param name="time">The clock.</param>
    /// <param name="self">The supervisor's node.</param>
    public SupervisorContext(ClusterSettings settings, ControlTiming timing, TimeProvider time, UniqueAddress self)
    {
        (Settings, Timing, Time, Self) = (settings, timing, time, self);
        _since = time.GetTimestamp();
    }

    public ClusterSettings Settings { get; }

    public ControlTiming Timing { get; }

    public TimeProvider Time { get; }

    public UniqueAddress Self { get; }

    public Roster Roster { get; } = new();

    public SupervisorPhase Phase { get; private set; } = SupervisorPhase.Recovering;

    /// <summary>Time in the phase, or since the run in hand came.</summary>
    public TimeSpan Waited => Time.GetElapsedTime(_since);

    /// <summary>The run in hand; null: none.</summary>
    public ActiveRun? Run { get; private set; }

    public Submission Submission { get; private set; } = new();

    /// <summary>The end of the run in hand; null: it goes on.</summary>
    public RunClosing? Closing { get; private set; }

    /// <summary>Runs that are over, by every identity under which they were submitted, and how they failed.</summary>
    public Dictionary<string, NodeFailure?> Over { get; } = [];

    public void Take(ActiveRun run)
    {
        Run = run;
        _since = Time.GetTimestamp();
    }

    public void Enter(SupervisorPhase phase)
    {
        if (Phase != phase)
        {
            (Phase, _since) = (phase, Time.GetTimestamp());
        }
    }

    /// <summary>Gives the incarnation up.</summary>
    /// <param name="cause">Why, for people; empty: as asked, or a failure that says so itself.</param>
    public void BeginStop(string cause)
    {
        if (cause.Length > 0)
        {
            Run!.Cause = cause;
            Submission.Note(Run, cause);
        }

        Enter(SupervisorPhase.Stopping);
    }

    /// <summary>Ends the run.</summary>
    public void End(NodeFailure? failure)
    {
        Run!.Failure = failure;
        Closing = new RunClosing(Run, Roster, Self, Submission, Timing, Time);
        Enter(SupervisorPhase.Closing);
        Closing.TellCompleted();
    }

    /// <summary>The run is over and all know it.</summary>
    public void Forget()
    {
        foreach (var id in Submission.Ids.Append(Run!.Spec.Id))
        {
            Over[id] = Run.Failure;
        }

        (Run, Closing, Submission) = (null, null, new Submission());
        Enter(SupervisorPhase.Waiting);
    }

    /// <summary>The members that have, or are to have, a part of the incarnation, in the layout's order.</summary>
    public List<RosterEntry> Participants() => [.. Run!.Members.Select(Roster.Find).OfType<RosterEntry>()];

    /// <summary>host:port of an address.</summary>
    public static string Short(string address) => address[(address.LastIndexOf('@') + 1)..];
}
