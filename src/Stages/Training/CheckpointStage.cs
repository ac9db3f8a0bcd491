// Collects the state of all stages after a step and writes one checkpoint.
using XClassFlow.Data.Checkpoints;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// The one stage that writes files during training, on its own thread. The others lend it their state and go on when the checkpoint is complete on disk;
/// when writing fails the run ends and the previous checkpoint stays as it was.
/// </summary>
public sealed class CheckpointStage : Stage
{
    private readonly CheckpointDirectory _directory;
    private readonly CheckpointInfo _info;
    private readonly bool _withGraph;
    private readonly List<StateSnapshot> _lent = [];
    private readonly Outlet<SnapshotWritten> _written;
    private SupervisorState? _supervisor;
    private bool _haveBackbone;
    private bool _haveHead;
    private bool _haveGraph;

    /// <param name="directory">Where checkpoints go.</param>
    /// <param name="info">Configuration, seed and versions, the same for all checkpoints of the run.</param>
    /// <param name="withGraph">Whether a class graph belongs to the state.</param>
    public CheckpointStage(CheckpointDirectory directory, CheckpointInfo info, bool withGraph)
    {
        _directory = directory;
        _info = info;
        _withGraph = withGraph;
        In<SupervisorState>("supervisor", state => Collect(() => _supervisor = state));
        In<StateSnapshot>("backbone", snapshot => Collect(() => _haveBackbone = Borrow([snapshot])));
        Gather<StateSnapshot>("head", parts => Collect(() => _haveHead = Borrow(parts)));
        Gather<StateSnapshot>("graph", parts => Collect(() => _haveGraph = Borrow(parts)));
        _written = Out<SnapshotWritten>("written");
    }

    public override bool HasSideEffects => true;

    protected override void Dispose(bool disposing)
    {
        Release();
        base.Dispose(disposing);
    }

    private bool Borrow(IReadOnlyList<StateSnapshot> parts)
    {
        foreach (var tensor in parts.SelectMany(p => p.Tensors))
        {
            Keep(tensor);
        }

        _lent.AddRange(parts);
        return true;
    }

    private void Collect(Action take)
    {
        take();
        if (_supervisor is not { } supervisor || !_haveBackbone || !_haveHead || (_withGraph && !_haveGraph))
        {
            return;
        }

        var path = Write(supervisor);
        Release();
        (_supervisor, _haveBackbone, _haveHead, _haveGraph) = (null, false, false, false);
        _written.Send(new SnapshotWritten(supervisor.Step, 0, path));
    }

    private string Write(SupervisorState supervisor)
    {
        using var writer = _directory.Begin(supervisor.Step + 1);
        foreach (var snapshot in _lent)
        {
            writer.AddTensors(snapshot.File, snapshot.Metadata, [.. snapshot.Names.Zip(snapshot.Tensors, TensorMemory.BlockOf)]);
        }

        return writer.Commit(_info with
        {
            Scalars = new Dictionary<string, double> { [SavedRun.SamplesKey] = supervisor.Samples },
            Texts = new Dictionary<string, string> { [SavedRun.PolicyKey] = supervisor.Policy },
        });
    }

    private void Release()
    {
        foreach (var snapshot in _lent)
        {
            snapshot.Dispose();
        }

        _lent.Clear();
    }
}
