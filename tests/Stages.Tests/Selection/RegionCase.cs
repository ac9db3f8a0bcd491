// One case for the properties of sampling by regions.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Selection;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Selection;

/// <summary>N classes in P regions, of which a shard has some; affinities fall with the distance of the regions' numbers.</summary>
internal sealed record RegionCase(int Classes, int Start, int Local, int Regions, long[] Labels, int Seed)
{
    public static Arbitrary<RegionCase> Any { get; } = (
        from classes in Gen.Choose(2, 150)
        from start in Gen.Choose(0, classes - 1)
        from local in Gen.Choose(1, classes - start)
        from regions in Gen.Choose(1, 12)
        from count in Gen.Choose(1, 10)
        from labels in Gen.Choose(0, classes - 1).ArrayOf(count)
        from seed in Gen.Choose(0, 10_000)
        select new RegionCase(classes, start, local, regions, [.. labels.Select(l => (long)l)], seed)).ToArbitrary();

    /// <summary>Region of a class.</summary>
    public int RegionOf(long @class) => (int)(Seeds.Mix((ulong)Seed, (ulong)@class) % (ulong)Regions);

    public RegionSampler Sampler()
    {
        var affinities = new float[Regions * Regions];
        for (var a = 0; a < Regions; a++)
        {
            for (var b = 0; b < Regions; b++)
            {
                var distance = Math.Min(Math.Abs(a - b), Regions - Math.Abs(a - b));
                affinities[(a * Regions) + b] = MathF.Exp(-2 * distance);
            }
        }

        return new RegionSampler(new ClassRegions(tensor([.. Enumerable.Range(0, Classes).Select(c => (byte)RegionOf(c))]), tensor(affinities, [Regions, Regions])), Start, Local);
    }

    /// <summary>The labels that the shard owns, marked.</summary>
    public (List<long> Rows, RowMarks Marks) Certain()
    {
        var (rows, marks) = (new List<long>(), new RowMarks(Local));
        foreach (var row in Labels.Select(l => l - Start).Where(r => r >= 0 && r < Local))
        {
            if (marks.Add(row))
            {
                rows.Add(row);
            }
        }

        return (rows, marks);
    }

    /// <summary>How many rows to choose, at most as many as are left.</summary>
    public long Count(int certain) => (long)(Seeds.Mix((ulong)Seed, 77) % (ulong)(Local - certain + 1));

    public override string ToString() => $"N {Classes}, from {Start}, {Local} rows, P {Regions}, seed {Seed}, labels [{string.Join(' ', Labels)}]";
}
