// What rows that missed steps cost late in a run: motions kept by blocks of steps, against one product for every step back to the oldest row.
using BenchmarkDotNet.Attributes;
using XClassFlow.Stages.Head;

namespace XClassFlow.Bench.Head;

/// <summary>The factors of the active rows of one step, some of them never visited before, after so many steps.</summary>
[MemoryDiagnoser]
[SimpleJob(launchCount: 1, warmupCount: 3, iterationCount: 10)]
public class MissedStepsBenchmarks
{
    private static readonly RowUpdate Update = new(0.9, 1e-4);

    private LazyMomentum? _lazy;
    private double[] _rates = [];
    private int[] _lastSteps = [];

    /// <summary>Age of the run.</summary>
    [Params(1_000, 100_000)]
    public int Steps { get; set; }

    /// <summary>M.</summary>
    [Params(10_000)]
    public int Active { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var random = new Random(1);
        _rates = [.. Enumerable.Range(0, Steps + 1_000_000).Select(_ => random.NextDouble())];
        _lazy = new LazyMomentum(Update, _rates.Take(Steps));
        _lastSteps = [.. Enumerable.Range(0, Active).Select(i => i % 10 == 0 ? -1 : random.Next(Steps))];
    }

    [Benchmark(Baseline = true)]
    public float OneProductForEveryStep()
    {
        var table = new RowMotion[Steps + 1];
        table[Steps] = RowMotion.None;
        for (var i = Steps - 1; i >= 0; i--)
        {
            table[i] = table[i + 1].After(RowMotion.OfStep(Update, _rates[i]));
        }

        var (ww, wv, vw, vv) = (new float[Active], new float[Active], new float[Active], new float[Active]);
        for (var i = 0; i < Active; i++)
        {
            var m = table[_lastSteps[i] + 1];
            (ww[i], wv[i], vw[i], vv[i]) = ((float)m.WW, (float)m.WV, (float)m.VW, (float)m.VV);
        }

        return ww[0] + wv[1] + vw[2] + vv[3];
    }

    [Benchmark]
    public float Blocks()
    {
        // A step of the run each time, so that nothing is remembered from the call before.
        var step = _lazy!.Rates.Count;
        _lazy.Applied(step, _rates[step]);
        _lazy.Prepare(step + 1);
        var (ww, wv, vw, vv) = (new float[Active], new float[Active], new float[Active], new float[Active]);
        for (var i = 0; i < Active; i++)
        {
            var m = _lazy.MotionSince(_lastSteps[i], step + 1);
            (ww[i], wv[i], vw[i], vv[i]) = ((float)m.WW, (float)m.WV, (float)m.VW, (float)m.VV);
        }

        return ww[0] + wv[1] + vw[2] + vv[3];
    }
}
