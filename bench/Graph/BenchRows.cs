// Class rows to measure on.
using XClassFlow.Data.Generated;
using XClassFlow.Data.Randomness;
using XClassFlow.Data.Tensors;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Bench.Graph;

internal static unsafe class BenchRows
{
    /// <summary>Rows like trained class weights ("groups": hierarchical prototypes plus noise) or independent Gaussian ones ("random", the hard case). float32 [n, d].</summary>
    public static NativeBuffer<float> Make(string kind, int n, int d, WorkerTeam team)
    {
        var data = new NativeBuffer<float>((long)n * d);
        var groups = new GeneratedFeatures(new GeneratedFeatures.Settings { Classes = n, Width = d, SamplesPerClass = 1 });
        team.RunBlocks(n, 1024, (start, count, _) =>
        {
            for (var i = start; i < start + count; i++)
            {
                var row = data.Span(i * d, d);
                if (kind == "groups")
                {
                    groups.ReadFeatures(i, row);
                }
                else
                {
                    var random = new CounterRandom(SplitMix64.Derive(7, (ulong)i));
                    foreach (ref var value in row)
                    {
                        value = random.NextGaussian();
                    }
                }
            }
        });
        return data;
    }

    /// <summary>Adds a Gaussian vector of expected length <paramref name="distance"/> times the row's to every row: training has moved them.</summary>
    public static void Move(NativeBuffer<float> data, int d, float distance, WorkerTeam team) => team.RunBlocks(data.Length / d, 1024, (start, count, _) =>
    {
        for (var i = start; i < start + count; i++)
        {
            var random = new CounterRandom(SplitMix64.Derive(9, (ulong)i));
            var row = data.Span(i * d, d);
            var square = 0f;
            foreach (var value in row)
            {
                square += value * value;
            }

            var scale = distance * MathF.Sqrt(square / d);
            foreach (ref var value in row)
            {
                value += scale * random.NextGaussian();
            }
        }
    });

    public static MemoryRows Unit(NativeBuffer<float> data, int n, int d, WorkerTeam team) =>
        new([new RowSegment(0, n, (nint)data.Pointer)], d, ElementType.Float32, team, "benchmark rows");
}
