// Whether every rank gets samples enough of every micro-batch.
using XClassFlow.Data;

namespace XClassFlow.Stages.Training;

/// <summary>Checked before anything runs: libtorch refuses batch statistics of one sample only in the first step, and a rank without samples has no gradient.</summary>
public static class RankBatch
{
    private const string Where = "xclassflow.schedule.micro-batches";

    /// <summary>Checks the smallest part, as <see cref="BatchSlices"/> cuts them.</summary>
    /// <param name="batch">B.</param>
    /// <param name="microBatches">P.</param>
    /// <param name="ranks">R.</param>
    /// <param name="usesBatchStatistics">Whether the backbone normalises by micro-batch.</param>
    /// <exception cref="UserErrorException">A part has no sample, or one where two are needed.</exception>
    public static void Require(int batch, int microBatches, int ranks, bool usesBatchStatistics)
    {
        var smallest = batch / microBatches / ranks;
        if (smallest == 0)
        {
            throw new UserErrorException(
                $"batch = {batch} has fewer samples than there are parts, {microBatches} micro-batches on each of {ranks} ranks", Where, "use fewer micro-batches or ranks, or a larger batch");
        }

        if (smallest == 1 && usesBatchStatistics)
        {
            throw new UserErrorException(
                $"{microBatches} micro-batches of batch = {batch} on {ranks} ranks leave a rank 1 sample at a time, of which batch norm has no statistics",
                Where,
                "use fewer micro-batches or ranks, a larger batch, or another norm in the backbone");
        }
    }
}
