// The numbers of micro-batches that are worth trying for a batch.
namespace XClassFlow.Stages.Pipelining;

/// <summary>Powers of two that cut the batch into equal parts, none so small that a rank multiplies fewer than <see cref="LeastSamples"/> samples at a time.</summary>
/// <param name="Batch">B, samples of a step over all ranks, as configured.</param>
/// <param name="Ranks">R.</param>
public sealed record MicroBatchCandidates(int Batch, int Ranks)
{
    /// <summary>Samples of a micro-batch on a rank, at least.</summary>
    public const int LeastSamples = 8;

    /// <summary>More parts than this gain nothing: what is left outside the overlap is one part of so many.</summary>
    public const int Most = 16;

    /// <summary>The numbers, ascending; the first is 1.</summary>
    public IReadOnlyList<int> Counts { get; } =
        [1, .. Enumerable.Range(1, 30).Select(power => 1 << power).Where(count => count <= Most && Batch % count == 0 && (long)count * Ranks * LeastSamples <= Batch)];
}
