// Takes up class rows and their optimizer state from a checkpoint, in the type and place that a run wants.
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.Tensors;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Head.Rows;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// Rows [start, start + count) of a head. There is never a second copy: a tensor is mapped where it lies in one file in the type that is wanted, else read into memory block by block, and
/// converted on the way (fp32 to bf16 rounds to nearest, ties to even).
/// </summary>
internal sealed unsafe class SavedRows(HeadRows rows, string path, long start, long count)
{
    private const long BlockRows = 4096;

    /// <param name="update">The optimizer that goes on.</param>
    /// <param name="weights">Type and place.</param>
    /// <param name="nextStep">Steps done.</param>
    /// <param name="rates">Rate of each.</param>
    /// <param name="movedBy">Momentum and decay that they were made with; null where that is not known.</param>
    /// <exception cref="UserErrorException">The checkpoint lacks the state of this optimizer, or has that of another; or rows have missed steps that the run would make with other settings.</exception>
    public ClassRowsState Read(RowUpdate update, WeightSettings weights, long nextStep, double[] rates, (double Momentum, double Decay)? movedBy)
    {
        Require(ClassRowsState.MomentumName, update.KeepsMomentum, "momentum");
        Require(ClassRowsState.AccumulatorName, update.KeepsAccumulators, "AdaGrad state");
        RequireSameMotion(update, nextStep, movedBy);
        var mapped = weights.Storage == WeightStorage.Mapped;
        var taken = new List<Tensor>();
        try
        {
            Tensor Take(string name, ElementType type)
            {
                RequireFinite(name);
                taken.Add(Tensor(name, type, mapped));
                return taken[^1];
            }

            return new ClassRowsState(
                Take(ClassRowsState.WeightName, WeightMemory.TypeOf(weights.Type)),
                update.KeepsMomentum ? Take(ClassRowsState.MomentumName, ElementType.Float32) : null,
                update.KeepsAccumulators ? Take(ClassRowsState.AccumulatorName, ElementType.Float32) : null,
                !update.MovesIdleRows ? null
                    : rows.Tensors.Contains(ClassRowsState.LastStepName) ? Take(ClassRowsState.LastStepName, ElementType.Int32)
                    : UpToDate(nextStep),
                rates);
        }
        catch
        {
            taken.ForEach(t => t.Dispose());
            throw;
        }
    }

    private void Require(string name, bool wanted, string what)
    {
        if (rows.Tensors.Contains(name) != wanted)
        {
            throw new UserErrorException(
                wanted ? $"holds no {what} of class weights" : $"holds {what} of class weights, which the configuration does not go on with",
                path,
                "set head.update.optimizer and head.update.momentum as in the run that wrote it");
        }
    }

    // A row that missed steps makes them when it is needed, in closed form, with one momentum and one decay.
    private void RequireSameMotion(RowUpdate update, long nextStep, (double Momentum, double Decay)? movedBy)
    {
        if (movedBy is not { } before || before == (update.EffectiveMomentum, update.WeightDecay) || !rows.Tensors.Contains(ClassRowsState.LastStepName))
        {
            return;
        }

        using var lastSteps = Tensor(ClassRowsState.LastStepName, ElementType.Int32, mapped: false);
        var decays = before.Decay > 0 || update.WeightDecay > 0;
        for (var row = (int*)TensorMemory.AddressOf(lastSteps); row < (int*)TensorMemory.AddressOf(lastSteps) + count; row++)
        {
            if (*row < nextStep - 1 && (*row >= 0 || decays))
            {
                throw new UserErrorException(
                    FormattableString.Invariant($"has rows that have yet to make the steps they missed, with momentum = {before.Momentum} and weight-decay = {before.Decay}"),
                    path,
                    "set head.update.momentum and head.update.weight-decay as in the run that wrote it");
            }
        }
    }

    // Read from the file and not where it will lie: pages of a mapping that nobody asked for stay where they are.
    private void RequireFinite(string name)
    {
        var type = rows.TypeOf(name);
        var rowBytes = rows.RowShape(name).Aggregate((long)type.Size(), (a, b) => a * b);
        var block = new byte[checked((int)(Math.Min(BlockRows, count) * rowBytes))];
        fixed (byte* first = block)
        {
            for (var done = 0L; done < count; done += BlockRows)
            {
                var bytes = (int)(Math.Min(BlockRows, count - done) * rowBytes);
                rows.Read(name, start + done, start + done + (bytes / rowBytes), (nint)first, bytes);
                if (FiniteValues.FirstNotIn(block.AsSpan(0, bytes), type) is var found and >= 0)
                {
                    throw new UserErrorException(
                        $"its '{name}' of class {start + done + (found * type.Size() / rowBytes)} is not finite", path, "use an earlier checkpoint");
                }
            }
        }
    }

    // The run that wrote it moved no idle row: none has missed anything.
    private Tensor UpToDate(long nextStep) => ForeignMemory.Zeros(ElementType.Int32, count).fill_(Scalars.Of(nextStep - 1));

    private Tensor Tensor(string name, ElementType type, bool mapped)
    {
        long[] shape = [count, .. rows.RowShape(name)];
        var stored = rows.TypeOf(name);
        if (mapped && stored == type && rows.Map(name, start, start + count) is { } mapping)
        {
            return ForeignMemory.Over(mapping, mapping.Address, type, shape);
        }

        var result = ForeignMemory.Zeros(type, shape);
        type.TryByteLength(shape, out var bytes);
        if (stored == type)
        {
            rows.Read(name, start, start + count, TensorMemory.AddressOf(result), bytes);
        }
        else
        {
            Convert(name, stored, type, result, count == 0 ? 0 : shape.Skip(1).Aggregate(1L, (a, b) => a * b));
        }

        return result;
    }

    private void Convert(string name, ElementType from, ElementType to, Tensor result, long width)
    {
        if (name != ClassRowsState.WeightName || from is not (ElementType.Float32 or ElementType.BFloat16))
        {
            throw new UserErrorException($"its '{name}' is {from}, {to} is needed", path, "use a checkpoint that `xclassflow train` wrote");
        }

        var address = (byte*)TensorMemory.AddressOf(result);
        using var block = empty(BlockRows, width, TensorMemory.TypeOf(from));
        var source = (byte*)TensorMemory.AddressOf(block);
        for (var done = 0L; done < count; done += BlockRows)
        {
            var n = Math.Min(BlockRows, count - done);
            rows.Read(name, start + done, start + done + n, (nint)source, n * width * from.Size());
            for (var i = 0; i < n * width; i++)
            {
                if (to == ElementType.BFloat16)
                {
                    BFloat16Element.StoreNearest(address + (done * width * sizeof(ushort)), i, Float32Element.LoadOne(source, i));
                }
                else
                {
                    Float32Element.StoreNearest(address + (done * width * sizeof(float)), i, BFloat16Element.LoadOne(source, i));
                }
            }
        }
    }
}
