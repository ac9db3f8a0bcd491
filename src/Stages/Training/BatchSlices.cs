// Cuts a global batch into micro-batches and ranks.
namespace XClassFlow.Stages.Training;

/// <summary>The samples of one rank's part of one micro-batch: micro-batches are contiguous parts of the global batch, ranks contiguous parts of those.</summary>
internal static class BatchSlices
{
    /// <summary>Offset in the global batch and number of samples; sizes differ by at most one.</summary>
    public static (int Offset, int Count) Of(int globalBatch, int microBatches, int microBatch, int ranks, int rank)
    {
        var (start, end) = Part(globalBatch, microBatches, microBatch);
        var (from, to) = Part(end - start, ranks, rank);
        return (start + from, to - from);
    }

    private static (int Start, int End) Part(int length, int parts, int part)
        => ((int)((long)length * part / parts), (int)((long)length * (part + 1) / parts));
}
