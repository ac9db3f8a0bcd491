// Coordinates checkpoints: begins one after a step, and makes it exist when all writers have added their parts.
using XClassFlow.Data.Checkpoints;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>
/// One per run. The state itself goes from the stages to the <see cref="CheckpointWriterStage"/> of their node; here only names, lengths and checksums arrive. When a writer
/// or this stage fails, the run ends, the partial checkpoint goes, and the previous one stays as it was.
/// </summary>
public sealed class CheckpointStage : Stage
{
    private readonly CheckpointDirectory _directory;
    private readonly CheckpointInfo _info;
    private readonly Outlet<CheckpointOpened> _opened;
    private readonly Outlet<SnapshotWritten> _written;
    private SupervisorState? _supervisor;
    private CheckpointWriter? _writer;

    /// <param name="directory">Where checkpoints go.</param>
    /// <param name="info">Configuration, seed and versions, the same for all checkpoints of the run.</param>
    public CheckpointStage(CheckpointDirectory directory, CheckpointInfo info)
    {
        _directory = directory;
        _info = info;
        In<SupervisorState>("supervisor", Begin, _ => _writer is null);
        Gather<CheckpointParts>("parts", Commit, feedback: true);
        _opened = Out<CheckpointOpened>("opened");
        _written = Out<SnapshotWritten>("written");
    }

    public override bool HasSideEffects => true;

    public override bool IsFinished => _writer is null;

    protected override void Dispose(bool disposing)
    {
        _writer?.Dispose();
        base.Dispose(disposing);
    }

    private void Begin(SupervisorState supervisor)
    {
        _supervisor = supervisor;
        _writer = _directory.Begin(supervisor.Step + 1);
        _opened.Send(new CheckpointOpened(supervisor.Step, 0, _writer.Attempt));
    }

    private void Commit(IReadOnlyList<CheckpointParts> parts)
    {
        if (_supervisor is not { } supervisor || _writer is null || parts[0].Step != supervisor.Step)
        {
            throw new InvalidOperationException($"parts of a checkpoint came for step {parts[0].Step}, which is not being saved");
        }

        var info = _info with
        {
            Scalars = new Dictionary<string, double> { [SavedRun.SamplesKey] = supervisor.Samples, [SavedRun.EvaluationDueKey] = supervisor.EvaluationDue ? 1 : 0 },
            Texts = new Dictionary<string, string>(_info.Texts)
            {
                [SavedRun.PolicyKey] = supervisor.Policy,
                [SavedRun.SparsifierKey] = supervisor.Sparsification,
                [SavedRun.GraphsKey] = supervisor.Graphs,
                [SavedRun.MicroBatchesKey] = supervisor.MicroBatches,
            },
        };
        var path = _writer.Commit(info, [.. parts.SelectMany(p => p.Files())]);
        _writer.Dispose();
        (_writer, _supervisor) = (null, null);
        _written.Send(new SnapshotWritten(supervisor.Step, 0, path));
    }
}
