// The run a supervisor has in hand.
using Akka.Cluster;
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>Everything about one run that outlives its incarnations. Mutable; belongs to the supervisor.</summary>
internal sealed class ActiveRun
{
    private readonly int _mayReturn;

    private ActiveRun(RunSpec spec, LayoutSettings layout, int mayReturn, TimeProvider time)
    {
        Spec = spec;
        Wanted = layout;
        _mayReturn = mayReturn;
        History = new RunHistory(time);
    }

    public RunSpec Spec { get; }

    /// <summary>R and S as configured; 0: one on each node.</summary>
    public LayoutSettings Wanted { get; }

    public RunHistory History { get; }

    /// <summary>Number of the last layout; 0: none yet.</summary>
    public long Incarnation { get; set; }

    /// <summary>The last layout this supervisor made; null: it made none.</summary>
    public RunLayout? Layout { get; set; }

    /// <summary>The processes of the layout's nodes, in its order.</summary>
    public IReadOnlyList<UniqueAddress> Members { get; set; } = [];

    /// <summary>Why there is another incarnation; empty for the first.</summary>
    public string Cause { get; set; } = "";

    /// <summary>Why the run fails; null: it does not, as far as is known.</summary>
    public NodeFailure? Failure { get; set; }

    /// <summary>Whether an incarnation has run, so that going on needs a checkpoint.</summary>
    public bool HasRun { get; set; }

    /// <summary>Whether the submitter asked for an orderly end.</summary>
    public bool StopAsked { get; set; }

    /// <summary>Whether the last layout ends because nodes leave in order or others are taken in, which is no sign of trouble.</summary>
    public bool IsPlanned { get; set; }

    /// <summary>Why the nodes are asked to pause, for another layout; null: they are not.</summary>
    public string? Growing { get; set; }

    /// <summary>Restarts since the last one that began further than the one before; planned ones do not count.</summary>
    public int Restarts { get; set; }

    /// <summary>As of <see cref="RunLayout.Returns"/>.</summary>
    public List<long> Returns { get; } = [];

    public long FirstStep { get; set; } = -1;

    public long Classes { get; set; }

    /// <summary>Bytes that nodes had sent on the lane when they were lost.</summary>
    public long BytesOfLost { get; set; }

    /// <summary>What was said of the incarnation that runs.</summary>
    public IncarnationTold? Told { get; private set; }

    /// <exception cref="Data.UserErrorException">The configuration is wrong.</exception>
    public static ActiveRun Of(RunSpec spec, TimeProvider time)
    {
        var settings = RunSettings.Bind(HoconLoader.LoadText(spec.Configuration, $"the configuration of {spec.Name}").Root);
        return new ActiveRun(spec, settings.Layout, settings.Guard.Enabled ? settings.Guard.Returns : 0, time);
    }

    /// <summary>Whether a submission asks for this very run, made by another process.</summary>
    public bool IsSame(RunSpec other) =>
        other.Name == Spec.Name && other.Checkpoint == Spec.Checkpoint && string.Equals(other.Configuration, Spec.Configuration, StringComparison.Ordinal);

    /// <summary>Whether a node has its part of the last layout.</summary>
    public bool Holds(NodeState state) => state.Run == Spec.Id && state.Incarnation == Incarnation && state.Token == Layout?.Token;

    /// <summary>Takes a failure for a reason to go back to the last good checkpoint, where it is one and the run has not gone back as often as it may.</summary>
    public bool TryReturn()
    {
        if (Failure is not { Kind: FailureKind.Trouble } trouble || Returns.Count >= _mayReturn)
        {
            return false;
        }

        Returns.Add(RunLayout.ThisOne);
        (Cause, Failure) = (trouble.Line, null);
        return true;
    }

    /// <summary>Notes that a layout is about to run.</summary>
    public IncarnationTold Begin(long firstStep, long firstSample)
    {
        HasRun = true;
        Restarts = firstStep > FirstStep ? 0 : Restarts;
        FirstStep = firstStep;
        for (var i = 0; i < Returns.Count; i++)
        {
            Returns[i] = Returns[i] == RunLayout.ThisOne ? firstStep : Returns[i];
        }

        Told = new IncarnationTold(Spec.Id, Incarnation, firstStep, firstSample, Layout!.Nodes.Count, Cause, IsFirst: History.Incarnation == 0);
        History.Begin(Told);
        return Told;
    }
}
