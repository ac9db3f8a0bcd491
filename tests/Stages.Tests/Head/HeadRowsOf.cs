// Class weights of given values, for tests.
using XClassFlow.Data.Tensors;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Head;

internal static class HeadRowsOf
{
    /// <summary>New fp32 rows of these values; nothing was updated yet.</summary>
    public static ClassWeights Values(long classStart, double[][] w, int width, RowUpdate update, int threads = 1)
        => ClassWeights.Restore(classStart, New(Matrices.ToTensor(w, width), update), 3, update, threads);

    /// <summary>The state of rows that were never updated.</summary>
    public static ClassRowsState New(Tensor weight, RowUpdate update) => new(
        weight.DetachFromDisposeScope(),
        update.KeepsMomentum ? ForeignMemory.Zeros(ElementType.Float32, weight.shape) : null,
        update.KeepsAccumulators ? ForeignMemory.Zeros(ElementType.Float32, weight.shape[0]) : null,
        update.MovesIdleRows ? ForeignMemory.Zeros(ElementType.Int32, weight.shape[0]).fill_(Scalars.Of(-1)) : null,
        []);

    /// <summary>A copy that goes on by itself.</summary>
    public static ClassWeights CopyOf(ClassWeights weights, long classStart, RowUpdate update, ulong seed = 3, int threads = 1)
    {
        static Tensor? Copy(Tensor? tensor) => tensor?.clone().DetachFromDisposeScope();
        return ClassWeights.Restore(
            classStart,
            new ClassRowsState(Copy(weights.Weight)!, Copy(weights.Momentum), Copy(weights.Accumulators), Copy(weights.LastSteps), [.. weights.Rates]),
            seed,
            update,
            threads);
    }

    /// <summary>One update of rows by a gradient [rows][D].</summary>
    public static unsafe void Visit(ClassWeights weights, int[] rows, double[][] gradient, double rate, long step)
    {
        using var scope = NewDisposeScope();
        var values = Matrices.ToTensor([.. rows.Select(r => gradient[r])], weights.Width);
        weights.Prepare(step);
        weights.Apply(RowSet.Of([.. rows.Select(r => (long)r)]), TensorMemory.FloatsOf(values), rate, step);
        weights.EndStep(step, rate);
    }

    /// <summary>All rows as they stand before a step.</summary>
    public static double[][] Read(ClassWeights weights, long step)
    {
        using var scope = NewDisposeScope();
        return Matrices.ToRows(weights.Read(RowSet.Range(0, weights.Count), step));
    }
}
