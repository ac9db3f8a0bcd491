// A graph with its host and observers, ready to run once.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Timelines;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>A prepared run of a whole graph, or of a node's part of it. Borrows the session's data; owns the recorder.</summary>
internal sealed class PreparedRun : IDisposable
{
    private readonly GraphClock _clock = new();

    public required string Command { get; init; }

    public required RunSettings Settings { get; init; }

    /// <summary>N.</summary>
    public required long Classes { get; init; }

    public required RunPlan Plan { get; init; }

    public required FlowGraph Graph { get; init; }

    public required IFlowHost Host { get; init; }

    public required RunMonitor Monitor { get; init; }

    public required IRunObserver Observer { get; init; }

    /// <summary>What the observer is told first.</summary>
    public required RunStarted Started { get; init; }

    /// <summary>Whether it is told; of the nodes of a run one tells.</summary>
    public bool Announces { get; init; } = true;

    public Recorder? Recorder { get; init; }

    /// <summary>Null: none is made.</summary>
    public Timeline? Timeline { get; init; }

    /// <summary>Number of this node among several, for the name of the timeline's file; null: the only one.</summary>
    public int? Node { get; init; }

    public IReadOnlyList<IFlowTap> Taps { get; init; } = [];

    /// <summary>Asks for an orderly end.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>The report of what has happened so far; when the graph has stopped.</summary>
    public RunReport SoFar => Report(RunOutcome.Interrupted);

    /// <summary>Runs to the end.</summary>
    /// <param name="abort">Ends at once.</param>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> was signalled.</exception>
    public async Task<RunReport> RunAsync(CancellationToken abort)
    {
        if (Announces)
        {
            Observer.Started(Started);
        }

        Monitor.Begin();
        var options = new FlowOptions
        {
            Seed = (ulong)Settings.Seed,
            Taps = [_clock, .. new IFlowTap?[] { Recorder, Timeline }.OfType<IFlowTap>(), .. Taps],
            Note = Observer.Note,
            KeptTensors = Settings.Limits.KeptTensors,
            StallTimeout = Settings.Limits.Stall,
        };
        try
        {
            await Host.RunAsync(Graph, options, abort);
        }
        catch
        {
            Recorder?.Abandon();
            throw;
        }

        if (Recorder?.Complete() is { } why)
        {
            // The run is over: what it computed is worth more than its recording, which says of itself that it is not complete.
            Observer.Note(why);
        }

        WriteTimeline();
        var stopped = Stop.IsCancellationRequested && Plan.HasSteps && !Monitor.HasEnded;
        return Report(stopped ? RunOutcome.Interrupted : RunOutcome.Completed);
    }

    public void Dispose() => Recorder?.Dispose();

    // The weights are worth more than the trace: a full disk is told, and the run ends well.
    private void WriteTimeline()
    {
        try
        {
            Timeline?.Write(Node);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Observer.Note($"the timeline was not written: {e.Message}");
        }
    }

    private RunReport Report(RunOutcome outcome) => Monitor.ToReport(Settings, Command, Classes, outcome, _clock.Builds) with
    {
        Timeline = TimelineReport.Of(Timeline?.Totals()),
    };
}
