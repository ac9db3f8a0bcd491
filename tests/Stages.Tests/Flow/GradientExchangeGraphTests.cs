// Property: the all-reduce of any number of ranks gives every rank the sum in rank order, bit by bit, whatever the way, the sizes and the pace of the ranks.
using System.Collections.Concurrent;
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Flow;

[Collection(LiveTensors.Name)]
public abstract class GradientExchangeGraphTests
{
    private const int Steps = 3;

    /// <summary>Sizes of the segments, the ranks, the type on the wire, and a seed for values and pauses. Segments of 0 values and of fewer values than ranks are frequent.</summary>
    private static readonly Gen<(int Ranks, int[] Sizes, AllReduceWay Way, WirePrecision Wire, int Seed)> Cases =
        from ranks in Gen.Choose(1, 5)
        from sizes in Gen.OneOf(Gen.Choose(0, 6), Gen.Choose(7, 300)).ArrayOf(4)
        from way in Gen.Elements(Enum.GetValues<AllReduceWay>())
        from wire in Gen.Elements(WirePrecision.Float32, WirePrecision.Float32, WirePrecision.Bfloat16, WirePrecision.Float16)
        from seed in Gen.Choose(0, 1_000_000)
        select (ranks, sizes, way, wire, seed);

    /// <summary>How many graphs are tried.</summary>
    protected abstract int Graphs { get; }

    protected abstract IFlowHost CreateHost();

    [Fact]
    public void EveryRankGetsTheSumInRankOrderBitByBit()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(Graphs), Prop.ForAll(Cases.ToArbitrary(), c =>
        {
            var received = new ConcurrentDictionary<(int Rank, long Step, int Segment), float[]>();
#pragma warning disable VSTHRD002 // FsCheck's properties are synchronous.
            HostRuns.RunAsync(CreateHost(), Build(c.Ranks, c.Sizes, c.Way, c.Wire, c.Seed, received), null, default).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            var expected = Segments(c.Sizes.Length).ToDictionary(s => s, s => Enumerable.Range(0, c.Ranks)
                .Select(r => Array.ConvertAll(Values(c.Seed, r, s.Step, s.Segment, c.Sizes[s.Segment]), v => c.Ranks == 1 ? v : Rounded(v, c.Wire)))
                .Aggregate((sum, next) => [.. sum.Zip(next, (a, b) => a + b)]));
            return (received.Count == c.Ranks * expected.Count
                && received.All(r => Bits(r.Value).SequenceEqual(Bits(Array.ConvertAll(expected[(r.Key.Step, r.Key.Segment)], v => c.Ranks == 1 ? v : Rounded(v, c.Wire)))))).Label($"{c.Ranks} ranks, {c.Way}, {c.Wire}, sizes {string.Join(", ", c.Sizes)}");
        }));

    // What travels: a rank rounds its own values as the wire does, so that all have the same.
    private static float Rounded(float value, WirePrecision wire) => wire switch
    {
        WirePrecision.Float16 => (float)(Half)value,
        WirePrecision.Bfloat16 => tensor(value).to(ScalarType.BFloat16).to(ScalarType.Float32).item<float>(),
        _ => value,
    };

    private static IEnumerable<int> Bits(float[] values) => values.Select(BitConverter.SingleToInt32Bits);

    // The order in which a backbone sends: step by step, last segment first.
    private static IEnumerable<(long Step, int Segment)> Segments(int segments)
        => Enumerable.Range(0, Steps).SelectMany(step => Enumerable.Range(1, segments).Select(i => ((long)step, segments - i)));

    // Of very different sizes, so that another order of summation shows.
    private static float[] Values(int seed, int rank, long step, int segment, int size)
    {
        var random = new Random(HashCode.Combine(seed, rank, step, segment));
        return [.. Enumerable.Range(0, size).Select(_ => (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-4, 5)))];
    }

    private static FlowGraph Build(int ranks, int[] sizes, AllReduceWay way, WirePrecision wire, int seed, ConcurrentDictionary<(int, long, int), float[]> received) => new FlowGraph()
        .Add("backbone", ranks, r => Source(r, sizes, seed))
        .Add("exchange", ranks, _ => new GradientExchange(pieceValues: 32, underWay: 2, way, wire))
        .Add("sink", ranks, r => new Lab().With<SegmentGradient>(
            "in", (_, m) => Assert.True(received.TryAdd((r, m.Step, m.MicroBatch), m.Gradient.data<float>().ToArray()))))
        .Connect("backbone.out", "exchange.gradients", capacity: 3)
        .Connect("exchange.parts", "exchange.parts", LinkKind.Scatter)
        .Connect("exchange.sums", "exchange.sums", LinkKind.Scatter)
        .Connect("exchange.reduced", "sink.in");

    // Every rank pauses now and then, so that several segments are under way and ranks are ahead of each other.
    private static Lab Source(int rank, int[] sizes, int seed)
    {
        var waiting = new Queue<(long Step, int Segment)>(Segments(sizes.Length));
        var pauses = new Random(HashCode.Combine(seed, rank));
        Lab? source = null;
        source = new Lab
        {
            MayProduce = () =>
            {
                if (waiting.Count == 0)
                {
                    return false;
                }

                if (pauses.Next(3) == 0)
                {
                    return true;
                }

                source!.Context.Wake();
                return false;
            },
            Finished = () => waiting.Count == 0,
            OnProduce = lab =>
            {
                var (step, segment) = waiting.Dequeue();
                lab.To<SegmentGradient>().Send(new SegmentGradient(step, segment, tensor(Values(seed, rank, step, segment, sizes[segment]))));
            },
        };
        return source.WithOut<SegmentGradient>("out");
    }
}
