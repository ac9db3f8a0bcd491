// Runs that a test scripts.
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cli.Tests;

/// <summary>Remembers the options, plays a script to the observer, and returns a report.</summary>
internal sealed class FakeRuns : IRunCommands
{
    public Func<IRunObserver, CancellationToken, Task<RunReport>> Script { get; set; } = (_, _) => Task.FromResult(Report(RunOutcome.Completed));

    public ReplayOutcome Replayed { get; set; } = new(true, ["backbone -> head: 12 messages, the same"]);

    public object? Options { get; private set; }

    public static RunReport Report(RunOutcome outcome) => new()
    {
        Run = "glyphs",
        Command = "train",
        Outcome = outcome,
        Classes = 27_484,
        WorldSize = 1,
        Updates = 1000,
        Samples = 256_000,
        SamplesPerSecond = 1234.5,
        TrainLoss = 3.25,
        Eval = new AccuracyReport(0.947, 0.99, 27_484),
    };

    public Stages.Planning.MemoryPlan Plan { get; set; } = new(1000, [new("class weights", 3L << 30, "N/S x D x 4", PerClass: true), new("process", 1L << 30, "all the rest", PerClass: false)], 8L << 30);

    public Task<RunReport> TrainAsync(TrainOptions options, IRunObserver observer, CancellationToken stop) => RunAsync(options, observer, stop);

    public Task<RunReport> EvaluateAsync(EvaluateOptions options, IRunObserver observer, CancellationToken stop) => RunAsync(options, observer, stop);

    public async Task<PredictOutcome> PredictAsync(PredictOptions options, IRunObserver observer, CancellationToken stop)
    {
        await RunAsync(options, observer, stop);
        return new PredictOutcome(5000, 2.5);
    }

    public async Task<ReplayOutcome> ReplayAsync(ReplayOptions options, IRunObserver observer, CancellationToken stop)
    {
        await RunAsync(options, observer, stop);
        return Replayed;
    }

    private Task<RunReport> RunAsync(object options, IRunObserver observer, CancellationToken stop)
    {
        Options = options;
        return Script(observer, stop);
    }

    public Task<Stages.Planning.MemoryPlan> PlanAsync(PlanOptions options, CancellationToken stop)
    {
        Options = options;
        return Task.FromResult(Plan);
    }
}
