// Memory that the steps of a shard use one after the other.
namespace XClassFlow.Stages.Head;

/// <summary>
/// Working memory of each worker, and of each chunk what is kept from forward to update. It outlives the steps, because fresh memory costs a page fault for every 4 KiB; steps of another batch or chunk begin
/// anew, so it is never more than the largest step needs (<see cref="ChunkPlan"/>). For one step at a time; workers may use different chunks at once.
/// </summary>
/// <param name="workers">Threads of the team.</param>
internal sealed class StepMemory(int workers) : IDisposable
{
    private readonly SoftmaxScratch[] _workers = [.. Enumerable.Range(0, workers).Select(_ => new SoftmaxScratch())];
    private readonly List<SoftmaxScratch> _chunks = [];
    private long _bytes;

    /// <summary>A worker's own, for one chunk at a time.</summary>
    public SoftmaxScratch Worker(int worker) => _workers[worker];

    /// <summary>What is kept of a chunk.</summary>
    public SoftmaxScratch Chunk(int chunk) => _chunks[chunk];

    /// <summary>Makes ready for a step that keeps so many chunks; what other steps kept beyond is freed. Not while workers are at work.</summary>
    /// <param name="chunks">How many.</param>
    /// <param name="bytes">Of each; where others kept less or more, all is freed.</param>
    public void Keep(int chunks, long bytes)
    {
        var keep = bytes == _bytes ? chunks : 0;
        _bytes = bytes;
        while (_chunks.Count > keep)
        {
            _chunks[^1].Dispose();
            _chunks.RemoveAt(_chunks.Count - 1);
        }

        while (_chunks.Count < chunks)
        {
            _chunks.Add(new SoftmaxScratch());
        }
    }

    public void Dispose()
    {
        Keep(0, 0);
        Array.ForEach(_workers, scratch => scratch.Dispose());
    }
}
