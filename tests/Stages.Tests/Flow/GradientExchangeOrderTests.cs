// Property: whatever the order in which messages of different ranks arrive and whatever each rank sends first, the all-reduce ends with the sum in rank order; low segments go first.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Flow;

[Collection(LiveTensors.Name)]
public sealed class GradientExchangeOrderTests
{
    private const int Steps = 2;

    private static readonly Gen<(int Ranks, int[] Sizes, int Piece, int UnderWay, AllReduceWay Way, int Seed)> Cases =
        from ranks in Gen.Choose(2, 5)
        from sizes in Gen.OneOf(Gen.Choose(0, 6), Gen.Choose(7, 60)).ArrayOf(4)
        from piece in Gen.Choose(1, 20)
        from underWay in Gen.Choose(1, 3)
        from way in Gen.Elements(Enum.GetValues<AllReduceWay>())
        from seed in Gen.Choose(0, 1_000_000)
        select (ranks, sizes, piece, underWay, way, seed);

    [Fact]
    public void Any_order_of_arrival_gives_the_sum_in_rank_order()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(120), Prop.ForAll(Cases.ToArbitrary(), c =>
        {
            var reduced = Run(c.Ranks, c.Sizes, c.Piece, c.UnderWay, c.Way, new Random(c.Seed), c.Seed);
            return reduced.Count == c.Ranks * Steps * c.Sizes.Length && reduced.All(r =>
            {
                var (_, step, segment) = r.Key;
                var expected = Enumerable.Range(0, c.Ranks).Select(rank => Values(c.Seed, rank, step, segment, c.Sizes[segment])).Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]);
                return r.Value.Select(BitConverter.SingleToInt32Bits).SequenceEqual(expected.Select(BitConverter.SingleToInt32Bits));
            });
        }));

    [Theory]
    [InlineData(AllReduceWay.OneHop)]
    [InlineData(AllReduceWay.TwoHops)]
    public void The_lowest_segment_that_waits_goes_next(AllReduceWay way)
    {
        using var driver = Driver(0, 2, pieceValues: 4, underWay: 2, way);
        driver.Start();
        driver.Send("gradients", new SegmentGradient(0, 2, ones(40)));
        driver.Send("gradients", new SegmentGradient(0, 1, ones(4)));
        driver.Send("gradients", new SegmentGradient(0, 0, ones(4)));
        driver.Run();
        Assert.Equal([(2, 0), (2, 1)], Parts(driver));
        Complete(driver, way, 2, 1);
        Assert.Equal([(2, 0), (2, 1), (0, 0)], Parts(driver));
        Complete(driver, way, 0, 0);
        Complete(driver, way, 2, 0);
        Assert.Equal([(2, 0), (2, 1), (0, 0), (1, 0), (2, 2)], Parts(driver));
    }

    [Theory]
    [InlineData(AllReduceWay.OneHop)]
    [InlineData(AllReduceWay.TwoHops)]
    public void What_another_rank_has_begun_leaves_at_once(AllReduceWay way)
    {
        using var driver = Driver(0, 2, pieceValues: 4, underWay: 1, way);
        driver.Start();
        driver.Send("parts", Part(1, 0, 1, Halves(way)));
        driver.Send("gradients", new SegmentGradient(0, 2, ones(40)));
        driver.Send("gradients", new SegmentGradient(0, 1, ones(4)));
        driver.Run();
        Assert.Equal([(2, 0), (1, 0)], Parts(driver));
        driver.Send("parts", Part(2, 7, 1, Halves(way)));
        driver.Run();
        Assert.Equal([(2, 0), (1, 0), (2, 7)], Parts(driver));
    }

    [Fact]
    public void A_sum_that_nobody_should_send_is_refused()
    {
        using var driver = Driver(0, 2, pieceValues: 4, underWay: 1, AllReduceWay.OneHop);
        driver.Start();
        driver.Send("gradients", new SegmentGradient(0, 0, ones(4)));
        driver.Run();
        driver.Send("sums", Part(0, 0, 1, 1));
        var refused = Assert.Throws<StageException>(() => driver.Run());
        Assert.Contains("layout.all-reduce must be the same on all nodes", refused.InnerException!.Message, StringComparison.Ordinal);
    }

    private static void Complete(StageDriver driver, AllReduceWay way, int segment, int piece)
    {
        driver.Send("parts", Part(segment, piece, 1, Halves(way)));
        if (way == AllReduceWay.TwoHops)
        {
            driver.Send("sums", Part(segment, piece, 1, 1));
        }

        driver.Run();
    }

    private static int Halves(AllReduceWay way) => way == AllReduceWay.OneHop ? 2 : 1;

    private static GradientPart Part(int segment, int piece, int rank, int halves) => new(0, (segment * 2) + rank, segment, piece, rank, ones(halves * 2));

    private static (int Segment, int Piece)[] Parts(StageDriver driver) => [.. driver.Sent.Where(s => s.Outlet == "parts").Select(s => (GradientPart)s.Message).Select(p => (p.Segment, p.Piece))];

    private static StageDriver Driver(int rank, int ranks, int pieceValues, int underWay, AllReduceWay way) => new(
        () => new GradientExchange(pieceValues, underWay, way),
        address: new StageAddress("exchange", rank),
        instances: ranks,
        scatter: new Dictionary<string, int> { ["parts"] = ranks, ["sums"] = ranks });

    private static float[] Values(int seed, int rank, long step, int segment, int size)
    {
        var random = new Random(HashCode.Combine(seed, rank, step, segment));
        return [.. Enumerable.Range(0, size).Select(_ => (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-4, 5)))];
    }

    // Messages between two ranks keep their order, as on a line; beyond that anything may come first.
    private static Dictionary<(int Rank, long Step, int Segment), float[]> Run(int ranks, int[] sizes, int pieceValues, int underWay, AllReduceWay way, Random random, int seed)
    {
        var drivers = Enumerable.Range(0, ranks).Select(r => Driver(r, ranks, pieceValues, underWay, way)).ToArray();
        var lines = new Dictionary<(string Outlet, int From, int To), Queue<Message>>();
        var gradients = drivers.Select((_, r) => new Queue<Message>(Enumerable.Range(0, Steps).SelectMany(step => Enumerable.Range(1, sizes.Length).Select(i => sizes.Length - i).Select(
            segment => new SegmentGradient(step, segment, tensor(Values(seed, r, step, segment, sizes[segment]))))))).ToArray();
        var reduced = new Dictionary<(int, long, int), float[]>();
        try
        {
            Array.ForEach(drivers, d => d.Start());
            while (true)
            {
                var ready = lines.Where(l => l.Value.Count > 0).Select(l => (Inlet: l.Key.Outlet, l.Key.To, l.Value))
                    .Concat(gradients.Select((g, r) => (Inlet: "gradients", To: r, Value: g)).Where(g => g.Value.Count > 0)).ToArray();
                if (ready.Length == 0)
                {
                    return reduced;
                }

                var (inlet, to, queue) = ready[random.Next(ready.Length)];
                drivers[to].Send(inlet, queue.Dequeue());
                drivers[to].Run();
                foreach (var sent in drivers[to].Take())
                {
                    if (sent.Message is SegmentGradient result)
                    {
                        reduced.Add((to, result.Step, result.MicroBatch), result.Gradient.data<float>().ToArray());
                        result.Dispose();
                    }
                    else
                    {
                        var line = (sent.Outlet, to, sent.Destination);
                        (lines.TryGetValue(line, out var waiting) ? waiting : lines[line] = new Queue<Message>()).Enqueue(sent.Message);
                    }
                }
            }
        }
        finally
        {
            Array.ForEach(drivers, d => d.Dispose());
        }
    }
}
