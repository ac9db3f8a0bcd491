// The checkpoint writer keeps the rules of stages: above all, it lets go of everything that it borrowed.
using XClassFlow.Conformance;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Conformance;

public sealed class CheckpointWriterStageTests : StageConformance<CheckpointWriterStage>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-writer-");
    private readonly CheckpointDirectory _directory;
    private readonly CheckpointWriter _coordinator;

    public CheckpointWriterStageTests()
    {
        _directory = new CheckpointDirectory(_folder.FullName);
        _coordinator = _directory.Begin(1);
    }

    public void Dispose()
    {
        _coordinator.Dispose();
        _folder.Delete(recursive: true);
    }

    protected override CheckpointWriterStage Create() => new(_directory, expected: 3);

    // The coordinator's word comes before, between and after what the stages lend.
    protected override IEnumerable<Sample> Messages() => [
        Opened(0), Snapshot(0, "backbone"), Snapshot(0, "head"), Snapshot(0, "graph"),
        Snapshot(1, "graph"), Snapshot(1, "head"), Opened(1), Snapshot(1, "backbone"),
        Snapshot(2, "head"), Snapshot(2, "backbone"), Snapshot(2, "graph"), Opened(2)];

    protected override IEnumerable<Sample> EmptyMessages() => [
        Opened(0), Snapshot(0, "backbone", 0), Snapshot(0, "head", 0), Snapshot(0, "graph", 0)];

    private static Sample Snapshot(long step, string inlet, int rows = 3) => new(
        new StateSnapshot(step, 0, $"{inlet}.safetensors", new Dictionary<string, string> { ["k"] = "v" }, ["a", "b"], [ones(rows, 2), zeros(rows, ScalarType.Int64)]), inlet);

    private Sample Opened(long step) => new(new CheckpointOpened(step, 0, _coordinator.Attempt), "opened");
}
