// What the weights of a class start with.
using XClassFlow.Data.Randomness;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Head.Rows;

/// <summary>
/// Close to normal with standard deviation 1/sqrt(D) (<see cref="CounterRandom.NextGaussian"/>), a stream per class keyed by run seed and class number: a class starts with the same
/// weights whatever the number of shards or threads, and no draw waits for another. bf16 rows start with the same values rounded to nearest.
/// </summary>
/// <param name="runSeed">Seed of the run.</param>
internal sealed unsafe class InitialRows(ulong runSeed)
{
    private readonly ulong _key = Seeds.Mix(runSeed, Seeds.Hash("class-weights"));

    /// <summary>Draws one row.</summary>
    public void Draw<T>(long classNumber, byte* row, int width)
        where T : struct, IRowElement
    {
        var random = new CounterRandom(SplitMix64.Derive(_key, (ulong)classNumber));
        var deviation = (float)(1 / Math.Sqrt(width));
        for (var d = 0; d < width; d++)
        {
            T.StoreNearest(row, d, random.NextGaussian() * deviation);
        }
    }
}
