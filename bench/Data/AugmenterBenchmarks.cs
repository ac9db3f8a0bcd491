// How many pictures a second one thread augments: with nothing on, with the affine map, and with everything that the glyph recipe uses.
using BenchmarkDotNet.Attributes;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Preparation;

namespace XClassFlow.Bench.Data;

/// <summary>One grey picture of 32x32.</summary>
[MemoryDiagnoser]
[SimpleJob(launchCount: 1, warmupCount: 3, iterationCount: 10)]
public class AugmenterBenchmarks
{
    private static readonly SampleShape Shape = SampleShape.Image(32, 32, 1);
    private static readonly ImageAugmenter.Settings Map = new() { RotateDegrees = 4, ScaleMin = 0.85, ScaleMax = 1.1, ShearDegrees = 6, TranslateFraction = 0.05 };

    private readonly ImageAugmenter _plain = new(Shape, new());
    private readonly ImageAugmenter _affine = new(Shape, Map);
    private readonly ImageAugmenter _all = new(Shape, Map with { Stretch = 0.1, ElasticFraction = 0.025, Thicken = 0.6, Thin = 0.3, Blur = 0.5, Contrast = 0.3 });
    private readonly byte[] _pixels = [.. Enumerable.Range(0, 1024).Select(i => (byte)(i * 37))];
    private readonly float[] _output = new float[1024];
    private ulong _seed;

    [Benchmark(Baseline = true)]
    public void NormalisedOnly() => _plain.Augment(_pixels, _output, _seed++);

    [Benchmark]
    public void AffineMap() => _affine.Augment(_pixels, _output, _seed++);

    [Benchmark]
    public void EverythingOfTheGlyphRecipe() => _all.Augment(_pixels, _output, _seed++);
}
