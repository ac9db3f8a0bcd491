// What every host does with a graph: stages inserted at edges, and wrong wiring.
using System.Collections.Concurrent;
using XClassFlow.Data;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Tests.Flow;

public abstract partial class FlowHostTests
{
    [Theory]
    [InlineData(LinkKind.OneToOne)]
    [InlineData(LinkKind.Broadcast)]
    [InlineData(LinkKind.Scatter)]
    public async Task AnInsertedStageKeepsDestinations(LinkKind kind)
    {
        var queues = new ConcurrentQueue<string>[] { new(), new(), new() };
        var graph = kind switch
        {
            LinkKind.Scatter => Scattered(queues),
            _ => new FlowGraph()
                .Add("source", kind == LinkKind.OneToOne ? 3 : 1, i => Simple.Source(kind == LinkKind.OneToOne ? $"s{i}" : "s", 9))
                .Add("sink", 3, i => Simple.Sink(queues[i]))
                .Connect("source.out", "sink.in", kind, 2),
        };
        graph
            .Insert("first", "source.out", i => Simple.Pass((_, b) => _seen.Enqueue($"first {b.Path} {b.Step}")), "stages.first")
            .Insert("second", "source.out", i => Simple.Pass((_, b) => Assert.Contains($"first {b.Path} {b.Step}", _seen)), "stages.second")
            .Insert("third", "source.out", i => Simple.Pass(), "stages.third");
        await RunAsync(graph);
        switch (kind)
        {
            case LinkKind.OneToOne:
                Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(Simple.Expected($"s{i}", 9), queues[i]));
                break;
            case LinkKind.Broadcast:
                Assert.All(queues, q => Assert.Equal(Simple.Expected("s", 9), q));
                break;
            default:
                AssertScattered(queues);
                break;
        }
    }

    [Fact]
    public async Task AStageCanBeInsertedBeforeAFeedbackInletAndAtAnEdgeWithSeveralLinks()
    {
        var answers = 0;
        var graph = new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 30))
            .Add("middle", 1, _ => new Lab { Finished = () => answers == 30 }
                .WithOut<Box>("out")
                .With<Box>("in", (lab, box) => lab.To<Box>().Send(box))
                .With<Box>("answers", (_, _) => answers++, feedback: true))
            .Add("end", 1, _ => Simple.Pass())
            .Add("sink", 1, _ => Simple.Sink(_seen))
            .Connect("source.out", "middle.in", capacity: 1)
            .Connect("middle.out", "end.in", capacity: 1)
            .Connect("end.out", "middle.answers", capacity: 1)
            .Connect("end.out", "sink.in", capacity: 1)
            .Insert("inserted", "end.out", _ => Simple.Pass(), "stages.inserted")
            .Insert("behind", "end.out", _ => Simple.Pass(), "stages.behind");
        await RunAsync(graph);
        Assert.Equal(30, answers);
        Assert.Equal(Simple.Expected("s", 30), _seen);
    }

    [Fact]
    public async Task WrongWiringIsTheUsersErrorAndNamesTheLink()
    {
        FlowGraph Graph() => new FlowGraph()
            .Add("source", 1, _ => Simple.Source("s", 1))
            .Add("sink", 1, _ => Simple.Sink(_seen))
            .Add("other", 1, _ => new Lab().With<Other>("in", (_, _) => { }));

        await FailsAsync(Graph().Connect("source.nothing", "sink.in"), "source.nothing -> sink.in", "known are out");
        await FailsAsync(Graph().Connect("source.out", "sink.nothing"), "source.out -> sink.nothing", "known are in");
        await FailsAsync(Graph().Connect("source.out", "other.in"), "source.out -> other.in", "sends Box");
        await FailsAsync(Graph().Connect("source.out", "sink.in").Connect("source.out", "sink.in"), "source.out -> sink.in", "connected twice");
        Assert.Contains("sink.in", Assert.Throws<ArgumentException>(() => Graph().Add("more", 2, _ => Simple.Pass()).Connect("more.out", "sink.in")).Message, StringComparison.Ordinal);
        var unknown = Assert.Throws<UserErrorException>(() => Graph().Connect("source.out", "sink.in").Insert("x", "source.elsewhere", _ => Simple.Pass(), "stages.x.at"));
        Assert.Contains("source.out", unknown.Message, StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => Graph().Connect("source.out", "sink.in").Insert("sink", "source.out", _ => Simple.Pass(), "stages.sink"));
        await FailsAsync(
            Graph().Connect("source.out", "sink.in").Insert("x", "source.out", _ => new Lab().With<Other>("in", (_, _) => { }).WithOut<Box>("out"), "stages.x"),
            "source.out -> x.in",
            "takes Other");
    }

    private async Task FailsAsync(FlowGraph graph, string where, string what)
    {
        var error = await Assert.ThrowsAsync<UserErrorException>(() => RunAsync(graph));
        Assert.Contains(where, error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }
}
