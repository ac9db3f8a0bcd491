// Writes the state of one node's stages into the checkpoint in the making.
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.Tensors;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// One per node that holds state, on a thread of its own, so no tensor of a checkpoint leaves its node and all nodes write at the same time. The stages lend it their state; it
/// lets go of what it borrowed when that is on disk, and they go on when the whole checkpoint is.
/// </summary>
public sealed class CheckpointWriterStage : Stage
{
    private readonly CheckpointDirectory _directory;
    private readonly int _expected;
    private readonly List<StateSnapshot> _lent = [];
    private readonly Outlet<CheckpointParts> _parts;
    private CheckpointOpened? _opened;

    /// <param name="directory">Where checkpoints go: the coordinator's directory, as this node sees it.</param>
    /// <param name="expected">Snapshots per checkpoint that come to this writer; may be 0.</param>
    public CheckpointWriterStage(CheckpointDirectory directory, int expected)
    {
        _directory = directory;
        _expected = expected;
        In<CheckpointOpened>("opened", OnOpened);
        In<StateSnapshot>("backbone", Borrow);
        In<StateSnapshot>("head", Borrow);
        In<StateSnapshot>("graph", Borrow);
        In<StateSnapshot>("residuals", Borrow);
        _parts = Out<CheckpointParts>("parts");
    }

    public override bool HasSideEffects => true;

    protected override void Dispose(bool disposing)
    {
        Release();
        base.Dispose(disposing);
    }

    private void OnOpened(CheckpointOpened opened)
    {
        _opened = opened;
        WriteIfComplete();
    }

    private void Borrow(StateSnapshot snapshot)
    {
        foreach (var tensor in snapshot.Tensors)
        {
            Keep(tensor);
        }

        _lent.Add(snapshot);
        WriteIfComplete();
    }

    private void WriteIfComplete()
    {
        if (_opened is not { } opened || _lent.Count < _expected)
        {
            return;
        }

        if (_lent.Find(s => s.Step != opened.Step) is { } other)
        {
            throw new InvalidOperationException($"the checkpoint is of step {opened.Step}, {other.File} of step {other.Step}");
        }

        var part = _directory.Join(opened.Attempt);
        foreach (var snapshot in _lent)
        {
            TensorBlock[] blocks = [.. snapshot.Names.Zip(snapshot.Tensors, TensorMemory.BlockOf)];
            Array.ForEach(blocks, block => RequireFinite(block, snapshot));
            part.AddTensors(snapshot.File, snapshot.Metadata, blocks);
        }

        // Of what was cut short while it was written nothing may exist.
        MappedFiles.Check();

        var parts = CheckpointParts.Of(opened.Step, part.Complete());
        Release();
        _opened = null;
        _parts.Send(parts);
    }

    // A loss may still be a number when the update after it has gone wrong, and a run without a guard would find out in the next step only.
    private void RequireFinite(TensorBlock block, StateSnapshot snapshot)
    {
        if (FiniteValues.FirstNotIn(block) is var found and >= 0)
        {
            throw new TroubleException(
                snapshot.Step + 1, $"'{block.Name}' of {snapshot.File} is not finite at element {found}, so no checkpoint is made of it; look at the samples, or lower the learning rates", _directory.Newest());
        }
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
