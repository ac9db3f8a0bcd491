// A submitted run of a test.
using System.Collections.Concurrent;
using XClassFlow.Cluster.Membership.Node;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Membership;

internal sealed class TestSubmission(string name, FakeRuntime runtime)
{
    public string Name => name;

    public FakeRuntime Runtime => runtime;

    public NodeProcess Process { get; set; } = null!;

    public Watcher Observer { get; } = new();

    public CancellationTokenSource Stop { get; } = new();

    public Task<RunReport> Report { get; set; } = null!;

    internal sealed class Watcher : IRunObserver
    {
        public ConcurrentQueue<string> Notes { get; } = [];

        public ConcurrentQueue<StepProgress> Steps { get; } = [];

        public void Started(RunStarted started) => Notes.Enqueue("started");

        public void Step(StepProgress step) => Steps.Enqueue(step);

        public void Evaluated(EvaluationResult result)
        {
        }

        public void Note(string line) => Notes.Enqueue(line);
    }
}
