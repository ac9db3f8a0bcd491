// Feature vectors around hierarchical class prototypes, all computed by hashing: any number of classes, nothing stored.
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Randomness;

namespace XClassFlow.Data.Generated;

/// <summary>
/// A class's prototype is the sum of one random vector for each level of a tree above it, so that classes of one group are near. Sample i has label
/// i mod classes (of those that occur), and is its prototype plus noise. A pure function of (seed, split, index); thread-safe; allocates nothing.
/// </summary>
public sealed class GeneratedFeatures : IDataSet
{
    private const int MaxLevels = 8;

    private readonly Settings _settings;
    private readonly long[] _groups;
    private readonly float[] _levelScale;
    private readonly float _noise;
    private readonly ulong _sampleKey;

    public GeneratedFeatures(Settings settings)
    {
        settings.Validate("");
        _settings = settings;
        Shape = SampleShape.Features(settings.Width);
        _groups = new long[settings.Levels];
        _levelScale = new float[settings.Levels];
        double scale = 1, squares = 0;
        for (var level = settings.Levels - 1; level >= 0; level--)
        {
            _levelScale[level] = (float)scale;
            squares += scale * scale;
            scale *= settings.Spread;
        }

        var groups = settings.Classes;
        for (var level = 0; level < settings.Levels; level++)
        {
            _groups[level] = groups;
            _levelScale[level] /= (float)Math.Sqrt(squares * settings.Width);
            groups = ((groups - 1) / settings.Branching) + 1;
        }

        _noise = (float)(settings.Noise / Math.Sqrt(settings.Width));
        _sampleKey = SplitMix64.Derive((ulong)settings.Seed, 0x5A17, (ulong)settings.Split);
    }

    public string Name => $"generated features ({Classes} classes, {_settings.Split})";

    public long Count => Occurring * _settings.SamplesPerClass;

    public long Classes => _settings.Classes;

    public SampleShape Shape { get; }

    public long LabelOf(long index)
    {
        CheckIndex(index);
        return (index % Occurring) * (Classes / Occurring);
    }

    private long Occurring => _settings.Occurring == 0 ? _settings.Classes : _settings.Occurring;

    public void ReadPixels(long index, Span<byte> pixels) => throw new InvalidOperationException($"{Name} are features, not pictures");

    public void ReadFeatures(long index, Span<float> features)
    {
        CheckIndex(index);
        ReadPrototype(LabelOf(index), features);
        var random = new CounterRandom(SplitMix64.Derive(_sampleKey, (ulong)index));
        foreach (ref var feature in features)
        {
            feature += _noise * random.NextGaussian();
        }
    }

    /// <summary>The centre of a class; its length is about 1.</summary>
    public void ReadPrototype(long label, Span<float> features)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(features.Length, Shape.Length);
        features.Clear();
        var node = label;
        for (var level = 0; level < _settings.Levels; level++)
        {
            // Groups nest: the parent of group g is g mod the number of parents.
            node %= _groups[level];
            var random = new CounterRandom(SplitMix64.Derive((ulong)_settings.Seed, (ulong)level, (ulong)node));
            var scale = _levelScale[level];
            foreach (ref var feature in features)
            {
                feature += scale * random.NextGaussian();
            }
        }
    }

    public void Dispose()
    {
    }

    private void CheckIndex(long index) => ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)index, (ulong)Count, nameof(index));

    /// <summary>What a configuration says of the set.</summary>
    public sealed record Settings
    {
        public long Classes { get; init; } = 1_000_000;

        /// <summary>Classes that occur in samples, at equal distances among all; 0: all. A catalogue has many more products than anybody has pictures of.</summary>
        public long Occurring { get; init; }

        /// <summary>Features in a sample.</summary>
        public int Width { get; init; } = 64;

        public long SamplesPerClass { get; init; } = 10;

        /// <summary>Children of a group: the classes of a lowest group are the near ones.</summary>
        public int Branching { get; init; } = 16;

        /// <summary>Levels of the tree, the classes themselves included; 1 makes all classes independent.</summary>
        public int Levels { get; init; } = 3;

        /// <summary>Size of a level's vectors relative to those of the level above: smaller makes classes of a group nearer.</summary>
        public double Spread { get; init; } = 0.5;

        /// <summary>Expected length of the noise vector; a prototype's is 1.</summary>
        public double Noise { get; init; } = 0.3;

        public long Seed { get; init; } = 1;

        public GeneratedSplit Split { get; init; } = GeneratedSplit.Train;

        /// <exception cref="UserErrorException">A value is out of range; names <paramref name="path"/>.key.</exception>
        public void Validate(string path)
        {
            SettingsCheck.Within(path, "classes", Classes, 2, 1L << 40);
            SettingsCheck.Within(path, "occurring", Occurring, 0, Classes, "0 is all");
            SettingsCheck.Within(path, "width", Width, 1, 1 << 20);
            SettingsCheck.Within(path, "samples-per-class", SamplesPerClass, 1, EpochShuffle.MaxCount / Classes);
            SettingsCheck.Within(path, "branching", Branching, 2, 1 << 20);
            SettingsCheck.Within(path, "levels", Levels, 1, MaxLevels);
            SettingsCheck.Within(path, "spread", Spread, 1e-3, 10);
            SettingsCheck.Within(path, "noise", Noise, 0, 100);
            SettingsCheck.Known(path, "split", Split);
        }
    }
}
